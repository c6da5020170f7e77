#!/usr/bin/env python3
"""Computes what tests/golden/lightweight_openpose_test.cc expects, by another program than the decoder: OpenCV's cubic
resize, and lightweight OpenPose's rules in plain Python. Needs python3-opencv.

    lightweight_openpose_expected.py > lightweight_openpose_people.json
"""
import json
import math

import cv2
import numpy

LIMBS = [(1, 2, 12), (1, 5, 20), (2, 3, 14), (3, 4, 16), (5, 6, 22), (6, 7, 24), (1, 8, 0), (8, 9, 2), (9, 10, 4), (1, 11, 6),
         (11, 12, 8), (12, 13, 10), (1, 0, 28), (0, 14, 30), (14, 16, 34), (0, 15, 32), (15, 17, 36), (2, 16, 18), (5, 17, 26)]
KEYPOINTS, STRIDE, UPSAMPLING = 18, 8, 4
EARS_OF_SHOULDERS = (17, 18)  # indices of limbs


class Random:
    """The test has the same."""

    def __init__(self, seed):
        self.state = seed

    def __call__(self, low, high):
        self.state = (self.state * 1664525 + 1013904223) & 0xffffffff
        return float(numpy.float32(low + (high - low) * ((self.state >> 8) / 16777216.0)))


def draw_people(rows, columns, count, seed):
    """People whose joints lie anywhere, some hidden, in noise; maps as [row, column, channel]."""
    random = Random(seed)
    heat, fields = numpy.zeros((rows, columns, KEYPOINTS)), numpy.zeros((rows, columns, 2 * len(LIMBS)))
    for _ in range(count):
        joints = [(random(10, columns * STRIDE - 10), random(10, rows * STRIDE - 10), random(0, 1) > 0.15) for _ in range(KEYPOINTS)]
        for y in range(rows):
            for x in range(columns):
                px, py = STRIDE * x + 3.5, STRIDE * y + 3.5
                for k, (jx, jy, is_visible) in enumerate(joints):
                    if is_visible:
                        heat[y, x, k] = max(heat[y, x, k], 0.8 * math.exp(-((px - jx) * (px - jx) + (py - jy) * (py - jy)) / 162))
                for a, b, channel in LIMBS:
                    dx, dy = joints[b][0] - joints[a][0], joints[b][1] - joints[a][1]
                    length = math.sqrt(dx * dx + dy * dy)
                    ux, uy = dx / length, dy / length
                    ox, oy = px - joints[a][0], py - joints[a][1]
                    along, across = ox * ux + oy * uy, ox * uy - oy * ux
                    if -12 <= along <= length + 12 and abs(across) <= 14:
                        fields[y, x, channel], fields[y, x, channel + 1] = 0.8 * ux, 0.8 * uy
    return add_noise(random, heat, 0.12), add_noise(random, fields, 0.1)


def draw_noise(rows, columns, seed):
    """Keypoints anywhere, and for each limb a field that points the same way almost everywhere."""
    random = Random(seed)
    heat, fields = numpy.zeros((rows, columns, KEYPOINTS)), numpy.zeros((rows, columns, 2 * len(LIMBS)))
    for channel in range(2 * len(LIMBS)):
        fields[:, :, channel] = random(-0.6, 0.6)
    return add_noise(random, heat, 0.5), add_noise(random, fields, 0.25)


def add_noise(random, maps, most):
    for y in range(maps.shape[0]):
        for x in range(maps.shape[1]):
            for channel in range(maps.shape[2]):
                maps[y, x, channel] += random(-most, most)
    return maps.astype(numpy.float32)


def upsample(maps):
    size = (maps.shape[1] * UPSAMPLING, maps.shape[0] * UPSAMPLING)
    return [cv2.resize(numpy.ascontiguousarray(maps[:, :, c]), size, interpolation=cv2.INTER_CUBIC) for c in range(maps.shape[2])]


def find_peaks(plane):
    height, width = plane.shape

    def at(x, y):
        inside = 0 <= x < width and 0 <= y < height
        return float(plane[y, x]) if inside and plane[y, x] >= numpy.float32(0.1) else 0.0

    found = [(x, y, at(x, y)) for x in range(width) for y in range(height)
             if at(x, y) > max(at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1))]
    kept, removed = [], set()
    for i, peak in enumerate(found):
        if i in removed:
            continue
        removed.update(j for j in range(i + 1, len(found)) if math.dist(peak[:2], found[j][:2]) < 6)
        kept.append(peak)
    return kept


def score(a, b, field_x, field_y):
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.sqrt(dx * dx + dy * dy) + 1e-6
    samples = []
    for i in range(10):
        x, y = round(a[0] + dx * i / 9), round(a[1] + dy * i / 9)
        samples.append((dx * float(field_x[y, x]) + dy * float(field_y[y, x])) / length)
    good = [sample for sample in samples if sample > 0.05]
    return sum(good) / (len(good) + 1e-6) if len(good) > 8 else None


def connect(peaks, limb, fields):
    a, b, channel = limb
    pairs = [(score(pa, pb, fields[channel], fields[channel + 1]), i, j) for i, pa in enumerate(peaks[a]) for j, pb in enumerate(peaks[b])]
    taken, chosen = set(), []
    for value, i, j in sorted((pair for pair in pairs if pair[0] is not None), reverse=True):
        if taken.isdisjoint({("a", i), ("b", j)}):
            taken.update({("a", i), ("b", j)})
            chosen.append((value, i, j))
    return chosen


def decode(heat, fields):
    peaks = [find_peaks(plane) for plane in upsample(heat)]
    fields = upsample(fields)
    people = []  # [{keypoint: peak}, counted, sum]
    for index, limb in enumerate(LIMBS):
        a, b, _ = limb
        for value, i, j in connect(peaks, limb, fields):
            if index in EARS_OF_SHOULDERS:
                for parts, _, _ in people:
                    if parts.get(a) == i and b not in parts:
                        parts[b] = j
                    elif parts.get(b) == j and a not in parts:
                        parts[a] = i
                continue
            owners = [person for person in people if person[0].get(a) == i]
            for person in owners:
                person[0][b] = j
                person[1] += 1
                person[2] += peaks[b][j][2] + value
            if not owners:
                people.append([{a: i, b: j}, 2, peaks[a][i][2] + peaks[b][j][2] + value])
    return [{"score": round(total / counted, 7), "counted": counted,
             "keypoints": [list(peaks[k][parts[k]][:2]) + [round(peaks[k][parts[k]][2], 7)] if k in parts else None for k in range(KEYPOINTS)]}
            for parts, counted, total in people if counted >= 3 and total / counted >= 0.2]


def main():
    cases = {"people": draw_people(24, 36, 3, 1), "noise": draw_noise(10, 15, 2)}
    lines = []
    for name, (heat, fields) in cases.items():
        people = ",\n".join(json.dumps(person, separators=(",", ":")) for person in decode(heat, fields))
        lines.append(f"{json.dumps(name)}:[\n{people}]")
    print("{" + ",\n".join(lines) + "}")


if __name__ == "__main__":
    main()
