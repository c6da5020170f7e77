#!/usr/bin/env python3
"""Pictures of people for checks on a GPU machine that has no downloads.

  device_pictures.py collect FOLDER     JPEGs out of Debian's package opencv-doc: two pictures of sport, frames of a street
  device_pictures.py decode FROM TO     any pictures as binary PPM, which checks read without a library of codecs
"""
import pathlib
import sys

import cv2

DATA = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
STILLS = ["messi5.jpg", "basketball1.png", "basketball2.png"]
FRAMES = range(0, 780, 30)  # of vtest.avi: far enough apart for the people to have moved
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 93]


def write(path, picture, options=()):
    if not cv2.imwrite(str(path), picture, list(options)):
        sys.exit(f"{path}: cannot be written")


def collect(folder):
    for name in STILLS:
        picture = cv2.imread(str(DATA / name))
        if picture is None:
            sys.exit(f"{DATA / name}: not there (apt-get install opencv-doc)")
        write(folder / (pathlib.Path(name).stem + ".jpg"), picture, QUALITY)
    video = cv2.VideoCapture(str(DATA / "vtest.avi"))
    for number in FRAMES:
        video.set(cv2.CAP_PROP_POS_FRAMES, number)
        good, picture = video.read()
        if not good:
            sys.exit(f"{DATA / 'vtest.avi'}: frame {number} cannot be read")
        write(folder / f"vtest_{number:04d}.jpg", picture, QUALITY)


def decode(source, folder):
    for path in sorted(source.iterdir()):
        picture = cv2.imread(str(path))
        if picture is None:
            sys.exit(f"{path}: is not a picture")
        write(folder / (path.stem + ".ppm"), picture)


def main():
    folders = [pathlib.Path(argument) for argument in sys.argv[2:]]
    known = {"collect": (collect, 1), "decode": (decode, 2)}
    if len(sys.argv) < 2 or sys.argv[1] not in known or len(folders) != known[sys.argv[1]][1]:
        sys.exit(__doc__)
    folders[-1].mkdir(parents=True, exist_ok=True)
    known[sys.argv[1]][0](*folders)


main()
