#!/usr/bin/env python3
"""Runs the notebooks of this folder, checks the figures that they must show, and makes pages of them.

    run_notebooks.py OUTPUT_FOLDER [NAME...]      case_study videos_to_table

With the interpreter of the environment that has the wheels. SINEW_DEMO_DATA names the folder of the sample pictures. Exit
code 1, with a line, where a cell fails or a figure is missing or makes no sense.
"""

import json
import os
import pathlib
import re
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

HERE = pathlib.Path(__file__).resolve().parent
CELL_SECONDS = 900
NUMBER = r"([0-9]+(?:\.[0-9]+)?)"

# The study's own measurements: (seconds an image, $ of 1000 images), which the cost table must show as they were published.
PUBLISHED = {"inf1.xlarge": (0.0703, 0.00719), "g4dn.xlarge": (0.1708, 0.0250)}


class Missing(Exception):
    """A figure that a notebook must show, and does not."""


def text_of(notebook):
    """All that the cells have printed and shown, as text."""
    parts = []
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            parts += [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]
    return "\n".join("".join(part) for part in parts)


def pictures_of(notebook):
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


def figures(pattern, text, least=1):
    """The numbers of a pattern, of each place where it is found."""
    found = re.findall(pattern, text)
    if len(found) < least:
        raise Missing(f"{pattern!r} is there {len(found)} times, needed {least}")
    return [[float(number) for number in (match if isinstance(match, tuple) else (match,))] for match in found]


def require(condition, what):
    if not condition:
        raise Missing(what)


def html_rows(text):
    """The rows of all HTML tables, as lists of the cells' texts."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.S)
    cells = (re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in rows)
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def check_case_study(notebook):
    text = text_of(notebook)
    lines = figures(rf"\[INFO\] 10 times inference on image: \S+ at {NUMBER} seconds/image\.", text, 2)
    require(all(0 < seconds < 60 for (seconds,) in lines), f"seconds an image: {lines}")
    ((network, decoding),) = figures(rf"network {NUMBER} %, post-processing {NUMBER} % of a picture's time", text)
    require(network > 50 and decoding < 20, f"network {network} %, post-processing {decoding} %")
    require(re.search(r"\(all \d+ steps\)\n.*\n(.*\n)*.* Mconv1_stage2", text), "the tree of scopes")
    ((people, keypoints),) = figures(rf"{NUMBER} people, {NUMBER} keypoints", text)
    require("nobody" in text or (people >= 1 and keypoints >= 8), f"{people} people, {keypoints} keypoints")
    rows = html_rows(text)
    taps = {row[0]: row for row in rows if row and row[0] in ("25", "5") and len(row) == 4}
    require(set(taps) == {"25", "5"}, f"the table of taps: {taps}")
    require(float(taps["25"][1]) < 2 * float(taps["5"][1]), "25 taps cost hardly more than 5")
    threads = {int(row[0]): row for row in rows if len(row) == 3 and row[0] in ("1", "2", "4")}
    require(set(threads) == {1, 2, 4} and all(float(row[1]) > 0 for row in threads.values()), f"the table of threads: {threads}")
    ((_, speed_up, processors),) = figures(rf"{NUMBER} threads: {NUMBER} times the rate of one, on {NUMBER} processors", text)
    require(abs(speed_up - max(float(row[2]) for row in threads.values())) < 0.006, f"speed-up {speed_up}: {threads}")
    if processors > 1:
        require(speed_up > 1.2, f"threads side by side: {threads}")
    costs = [row for row in rows if len(row) == 8 and row[7] in ("True", "False")]
    require(sum(row[7] == "False" for row in costs) >= 4, "four measured configurations with their prices")
    for machine, (seconds, cost) in PUBLISHED.items():
        published = [(float(row[3]), float(row[6])) for row in costs if row[1] == machine and row[7] == "True"]
        same = [row for row in published if abs(row[0] - seconds) < 1e-3 and abs(row[1] - cost) < 1e-3]
        require(same, f"the published row of {machine} among {published}")
    for row in costs:
        require(abs(float(row[6]) - float(row[3]) * float(row[5]) / 3.6) < 2e-3, f"cost is seconds times price: {row}")
    require(pictures_of(notebook) >= 3, "four panels and two charts")


def check_videos_to_table(notebook):
    text = text_of(notebook)
    ((frames, people, seconds, rate),) = figures(rf"{NUMBER} frames, {NUMBER} people in {NUMBER} s: {NUMBER} frames/s", text)
    require(frames == 120 and people > 200 and rate > 0 and seconds > 0, f"{frames} frames, {people} people")
    ((rows, ids, keypoints),) = figures(rf"{NUMBER} rows, {NUMBER} ids, {NUMBER} keypoints", text)
    require(rows == people and ids >= 5 and keypoints == 18 * rows, f"{rows} rows, {ids} ids, {keypoints} keypoints")
    ((trajectories,),) = figures(rf"{NUMBER} trajectories of at least a second", text)
    require(trajectories >= 4, f"{trajectories} trajectories")
    ((size, clip),) = figures(rf"rendered\.mp4: {NUMBER} bytes, {NUMBER} frames", text)
    require(size > 10_000 and clip == frames, f"the clip: {size} bytes, {clip} frames")
    require(pictures_of(notebook) >= 4 and "data:image/png;base64," in text, "a frame, and three plots")


CHECKS = {"case_study": check_case_study, "videos_to_table": check_videos_to_table}


def write_page(notebook, path):
    try:
        from nbconvert import HTMLExporter
    except ImportError:
        print("no page is made: nbconvert is not installed")
        return
    body, _ = HTMLExporter().from_notebook_node(notebook)
    path.write_text(body, encoding="utf-8")
    print(f"wrote {path}")


def register_kernel(folder):
    """The kernel is this interpreter, whatever others the system knows."""
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = {"argv": argv, "display_name": "sinew", "language": "python"}
    path = folder / "kernels" / "sinew" / "kernel.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(spec), encoding="utf-8")
    os.environ["JUPYTER_PATH"] = str(folder)


def run(name, output):
    notebook = nbformat.read(HERE / f"{name}.ipynb", as_version=4)
    place = {"metadata": {"path": str(HERE)}}
    client = NotebookClient(notebook, timeout=CELL_SECONDS, kernel_name="sinew", resources=place)
    try:
        client.execute()
        CHECKS[name](notebook)
    finally:
        nbformat.write(notebook, output / f"{name}.ipynb")
    write_page(notebook, output / f"{name}.html")
    print(f"{name}: all cells run, all figures there")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    output = pathlib.Path(sys.argv[1]).resolve()
    output.mkdir(parents=True, exist_ok=True)
    os.environ["SINEW_NOTEBOOK_DATA"] = str(output)
    register_kernel(output / "jupyter")
    for name in sys.argv[2:] or CHECKS:
        try:
            run(name, output)
        except (Missing, CellExecutionError) as error:
            sys.exit(f"{name}: {error}")


if __name__ == "__main__":
    main()
