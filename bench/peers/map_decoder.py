"""Maps of an OpenPose network to people in Python, as programs around PyTorch usually do it: OpenCV and numpy on the processor.

The steps and their parameters are sinew's (upsampling by 4, a Gaussian of 25 taps, a 3x3 maximum, ten samples along each limb, greedy
matching), the arithmetic is whatever is fastest with these libraries: all heat maps are upsampled, smoothed and searched in one call
each, and all pairs of a limb are scored at once. Programs that are published take longer: most upsample to the picture's size and
smooth map by map.
"""
import cv2
import numpy

KEYPOINTS = 18
# (from, to, first of the two channels of the field, counted after the 19 heat maps)
LIMBS = [(1, 2, 12), (1, 5, 20), (2, 3, 14), (3, 4, 16), (5, 6, 22), (6, 7, 24), (1, 8, 0), (8, 9, 2), (9, 10, 4), (1, 11, 6),
         (11, 12, 8), (12, 13, 10), (1, 0, 28), (0, 14, 30), (14, 16, 34), (0, 15, 32), (15, 17, 36), (2, 16, 18), (5, 17, 26)]
TREE_LIMBS = 17  # those after them start no person
RATIO, TAPS, SIGMA = 4, 25, 5.6
PEAK_THRESHOLD, FIELD_THRESHOLD, SAMPLES, MIN_SAMPLES, MIN_PARTS, MIN_SCORE = 0.05, 0.05, 10, 7, 4, 0.3


def find_peaks(heat):
    """Of each keypoint: arrays x, y (pixels of the upsampled maps) and score."""
    height, width = heat.shape[:2]
    large = cv2.resize(heat, (width * RATIO, height * RATIO), interpolation=cv2.INTER_NEAREST)
    smooth = cv2.GaussianBlur(large, (TAPS, TAPS), SIGMA, borderType=cv2.BORDER_CONSTANT)  # zeros outside, as tf-pose-estimation
    is_peak = (smooth == cv2.dilate(smooth, numpy.ones((3, 3), numpy.uint8))) & (smooth > PEAK_THRESHOLD)
    y, x, k = numpy.nonzero(is_peak)
    score = large[y, x, k]
    return [(x[k == part], y[k == part], score[k == part]) for part in range(KEYPOINTS)]


def score_pairs(field, start, end, height):
    """Of each pair of peaks: whether enough samples speak for the limb, and its score."""
    ax, ay = (v.astype(numpy.float32)[:, None] for v in start[:2])
    bx, by = (v.astype(numpy.float32)[None, :] for v in end[:2])
    dx, dy = bx - ax, by - ay
    length = numpy.maximum(numpy.sqrt(dx * dx + dy * dy), 1e-12)
    t = numpy.arange(SAMPLES, dtype=numpy.float32) / SAMPLES
    x = ((ax[..., None] + dx[..., None] * t + 0.5).astype(numpy.int32)) // RATIO
    y = ((ay[..., None] + dy[..., None] * t + 0.5).astype(numpy.int32)) // RATIO
    samples = field[y, x]
    along = (samples[..., 0] * dx[..., None] + samples[..., 1] * dy[..., None]) / length[..., None]
    score = along.mean(axis=2) + numpy.minimum(0, 0.5 * height / length - 1)
    good = ((along > FIELD_THRESHOLD).sum(axis=2) >= MIN_SAMPLES) & (score > 0) & (length > 1e-6)
    return good, score


def match(good, score):
    """(from, to, score), best first, every peak once."""
    pairs = sorted(zip(*numpy.nonzero(good)), key=lambda pair: -score[pair])
    used_from, used_to, chosen = set(), set(), []
    for a, b in pairs:
        if a not in used_from and b not in used_to:
            used_from.add(a)
            used_to.add(b)
            chosen.append((a, b, float(score[a, b])))
    return chosen


def assemble(peaks, connections):
    """People as [{keypoint: peak}, sum of scores]."""
    people, owner = [], {}

    def attach(person, keypoint, peak, bonus):
        if keypoint not in person[0]:
            person[0][keypoint] = peak
            person[1] += float(peaks[keypoint][2][peak]) + bonus
            owner[keypoint, peak] = person

    for index, ((start, end, _), chosen) in enumerate(zip(LIMBS, connections)):
        for a, b, score in chosen:
            first, second = owner.get((start, a)), owner.get((end, b))
            if first is None and second is None:
                if index < TREE_LIMBS:
                    person = [{}, 0.0]
                    people.append(person)
                    attach(person, start, a, 0)
                    attach(person, end, b, score)
            elif second is None:
                attach(first, end, b, score)
            elif first is None:
                attach(second, start, a, score)
            elif first is not second and not first[0].keys() & second[0].keys():
                first[0].update(second[0])
                first[1] += second[1] + score
                for keypoint, peak in second[0].items():
                    owner[keypoint, peak] = first
                people.remove(second)
    return people


def decode(maps, width, height):
    """`maps` is h x w x 57 floats; the result, for a picture of that size: [[score, [[x, y, score] or None for each keypoint]]]."""
    rows, columns = maps.shape[:2]
    peaks = find_peaks(numpy.ascontiguousarray(maps[..., :KEYPOINTS]))
    connections = []
    for start, end, channel in LIMBS:
        if len(peaks[start][0]) and len(peaks[end][0]):
            field = maps[..., 19 + channel:21 + channel]
            connections.append(match(*score_pairs(field, peaks[start], peaks[end], rows * RATIO)))
        else:
            connections.append([])
    result = []
    for found, total in assemble(peaks, connections):
        if len(found) >= MIN_PARTS and total / len(found) >= MIN_SCORE:
            keypoints = [None] * KEYPOINTS
            for keypoint, peak in found.items():
                x, y, score = (values[peak] for values in peaks[keypoint])
                keypoints[keypoint] = [(x + 0.5) * width / (columns * RATIO) - 0.5, (y + 0.5) * height / (rows * RATIO) - 0.5, float(score)]
            result.append([total / len(found), keypoints])
    return result
