#!/usr/bin/env python3
"""Computes what src/pose/openpose_decode_test.cc expects, by another program than the decoder: OpenCV's cubic resize, and
OpenPose's rules in plain Python. Prints the constants of that test. Needs python3-opencv.
"""
import math

import cv2
import numpy

COCO = [(1, 2, 12), (1, 5, 20), (2, 3, 14), (3, 4, 16), (5, 6, 22), (6, 7, 24), (1, 8, 0), (8, 9, 2), (9, 10, 4), (1, 11, 6),
        (11, 12, 8), (12, 13, 10), (1, 0, 28), (0, 14, 30), (14, 16, 34), (0, 15, 32), (15, 17, 36), (2, 16, 18), (5, 17, 26)]
BODY_25 = [(1, 8, 0), (1, 2, 14), (1, 5, 22), (2, 3, 16), (3, 4, 18), (5, 6, 24), (6, 7, 26), (8, 9, 6), (9, 10, 2),
           (10, 11, 4), (8, 12, 8), (12, 13, 10), (13, 14, 12), (1, 0, 30), (0, 15, 32), (15, 17, 36), (0, 16, 34),
           (16, 18, 38), (2, 17, 20), (5, 18, 28), (14, 19, 40), (19, 20, 42), (14, 21, 44), (11, 22, 46), (22, 23, 48),
           (11, 24, 50)]
MPI = [(0, 1, 0), (1, 2, 2), (2, 3, 4), (3, 4, 6), (1, 5, 8), (5, 6, 10), (6, 7, 12), (1, 14, 14), (14, 8, 16), (8, 9, 18),
       (9, 10, 20), (14, 11, 22), (11, 12, 24), (12, 13, 26)]
MODELS = {"body25": (25, BODY_25), "coco18": (18, COCO), "mpi15": (15, MPI)}
COLUMNS, ROWS, STRIDE = 48, 40, 8
PICTURE = 2  # pixels of the picture a pixel of the network's input


def joint(person, k):
    """Made up, so that limbs are 20 to 130 pixels long and no joint is in the middle of a cell."""
    angle = 0.9 * k + 0.3 * person
    radius = 30 + 3.0 * ((7 * k) % 11)
    return 110 + 160 * person + radius * math.cos(angle), 150 + 12 * person + 1.4 * radius * math.sin(angle)


def make_maps(keypoints, limbs):
    """Heat maps, background and fields as [channel, row, column], in single precision."""
    channels = 2 * len(limbs)
    maps = numpy.zeros((keypoints + 1 + channels, ROWS, COLUMNS), numpy.float64)
    for y in range(ROWS):
        for x in range(COLUMNS):
            px, py = STRIDE * x + 3.5, STRIDE * y + 3.5
            for person in range(2):
                for k in range(keypoints):
                    jx, jy = joint(person, k)
                    heat = (0.9 - 0.1 * person) * math.exp(-((px - jx) ** 2 + (py - jy) ** 2) / (2 * 9.0 ** 2))
                    maps[k, y, x] = max(maps[k, y, x], heat)
                for a, b, field in limbs:
                    (ax, ay), (bx, by) = joint(person, a), joint(person, b)
                    length = math.hypot(bx - ax, by - ay)
                    ux, uy = (bx - ax) / length, (by - ay) / length
                    along, across = (px - ax) * ux + (py - ay) * uy, (px - ax) * uy - (py - ay) * ux
                    if -12 <= along <= length + 12 and abs(across) <= 14:
                        maps[keypoints + 1 + field, y, x] = 0.8 * ux
                        maps[keypoints + 2 + field, y, x] = 0.8 * uy
    return maps.astype(numpy.float32)


def find_peaks(plane, offset):
    height, width = plane.shape
    peaks = []
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            value = plane[y, x]
            if not value > 0.05:
                continue
            around = [plane[y + dy, x + dx] for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dx, dy) != (0, 0)]
            inside = 1 < x < width - 2 and 1 < y < height - 2
            if not (all(value > n for n in around) if inside else all(value >= n for n in around)):
                continue
            ys, xs = slice(max(y - 3, 0), y + 4), slice(max(x - 3, 0), x + 4)
            window = plane[ys, xs].astype(numpy.float64)
            window[window <= 0] = 0
            gy, gx = numpy.mgrid[ys.start:ys.start + window.shape[0], xs.start:xs.start + window.shape[1]]
            peaks.append(((gx * window).sum() / window.sum() + offset, (gy * window).sum() / window.sum() + offset,
                          float(value)))
    return peaks


def score_limb(a, b, field_x, field_y):
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    samples = max(5, min(25, int(math.sqrt(5 * max(abs(dx), abs(dy))) + 0.5)))
    height, width = field_x.shape
    good = []
    for i in range(samples):
        x, y = min(width - 1, int(a[0] + i * dx / samples + 0.5)), min(height - 1, int(a[1] + i * dy / samples + 0.5))
        score = (dx * field_x[y, x] + dy * field_y[y, x]) / length
        if score > 0.05:
            good.append(score)
    if len(good) / samples > 0.95:
        return sum(good) / len(good)
    return 0.15 if length < math.sqrt(width * height) / 150 else None


def decode(keypoints, limbs, maps):
    size = (COLUMNS * STRIDE, ROWS * STRIDE)
    up = [cv2.resize(channel, size, interpolation=cv2.INTER_CUBIC) for channel in maps]
    peaks = [find_peaks(up[k], 0.5 / PICTURE) for k in range(keypoints)]
    scored = []
    for index, (a, b, field) in enumerate(limbs):
        for i, pa in enumerate(peaks[a]):
            for j, pb in enumerate(peaks[b]):
                score = score_limb(pa, pb, up[keypoints + 1 + field], up[keypoints + 2 + field])
                if score is not None and score > 1e-6:
                    scored.append((score + 0.1 * pa[2] + 0.1 * pb[2], score, index, i, j))
    people, owner = [], {}
    for _, score, index, i, j in sorted(scored, reverse=True):
        ends = [(limbs[index][0], i), (limbs[index][1], j)]
        have = [owner.get(end) for end in ends]
        if have == [None, None]:
            people.append({"parts": {}, "sum": score})
            for k, peak in ends:
                people[-1]["parts"][k] = peak
                people[-1]["sum"] += peaks[k][peak][2]
                owner[(k, peak)] = people[-1]
        elif None in have:
            person, (k, peak) = [p for p in have if p is not None][0], ends[have.index(None)]
            if k not in person["parts"]:
                person["parts"][k] = peak
                person["sum"] += peaks[k][peak][2] + score
                owner[(k, peak)] = person
        elif have[0] is have[1]:
            have[0]["sum"] += score
        elif not set(have[0]["parts"]) & set(have[1]["parts"]):
            first, second = sorted(have, key=lambda p: [q is p for q in people].index(True))
            first["parts"].update(second["parts"])
            first["sum"] += second["sum"] + score
            owner.update({end: first for end in second["parts"].items()})
            people = [p for p in people if p is not second]
    result = []
    for person in people:
        counted = sum(1 for k in person["parts"] if k < 19 or keypoints != 25)
        if counted >= 3 and person["sum"] / counted >= 0.4:
            result.append((person["sum"] / (keypoints + len(limbs)),
                           {k: tuple(v * PICTURE for v in peaks[k][p][:2]) + peaks[k][p][2:] for k, p in
                            person["parts"].items()}))
    return result


def main():
    for name, (keypoints, limbs) in MODELS.items():
        people = decode(keypoints, limbs, make_maps(keypoints, limbs))
        print(f"// {name}: {len(people)} people")
        for score, parts in people:
            picked = [0, 4, 9, keypoints - 1]
            points = ", ".join("{%.3ff, %.3ff, %.5ff}" % parts.get(k, (0, 0, 0)) for k in picked)
            print(f"{{{score:.5f}f, {len(parts)}, {{{points}}}}},")


if __name__ == "__main__":
    main()
