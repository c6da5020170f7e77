#!/usr/bin/env python3
"""Runs of 1, 10 and 100 million pictures on machines that come and go, played through event by event, beside the formula of
`sinew cost --corpus`.

    simulate.py [--rate 4] [--price 0.05] [--within 24] [--start 5] [--interruptions 0.05] [--request-price 0.0004]
                [--shards 20] [--queue-rate 5000] [--store-rate 5500] [--repeats 20]

Machines work through shards, so many for each; a machine starts for some minutes, works at a rate that differs by 5 % from
machine to machine, and is taken away at random times, as spot machines are. Another one starts then, and goes on with the
shard from the last picture whose line was in the spool that outlived it, or, with --lost-spool, from its beginning. The run
ends with the last shard. Money is what is paid for machine hours and for reads.
"""
import argparse
import heapq
import math
import random
import statistics


def plan(options, pictures):
    """As src/measure/price/corpus_plan.cc has it."""
    lost = options.interruptions * options.start / 60
    work = pictures / options.rate / 3600 / (1 - lost)
    machines = math.ceil(work / (options.within - options.start / 60))
    return machines, options.start / 60 + work / machines, work + machines * options.start / 60


def play(options, pictures, machines, dice):
    """Hours until all is done, paid machine hours, interruptions."""
    shards = machines * options.shards
    left = [pictures / shards] * shards
    waiting = list(range(shards))
    paid, interruptions, end = 0.0, 0, 0.0
    events = []  # (hour, machine, hour at which it is taken away, pictures an hour): it wants a shard then

    def start(hour, machine):
        nonlocal paid, interruptions
        taken_away = hour + dice.expovariate(options.interruptions) if options.interruptions > 0 else math.inf
        while taken_away < hour + options.start / 60:  # before it has done anything
            paid += taken_away - hour
            interruptions += 1
            hour, taken_away = taken_away, taken_away + dice.expovariate(options.interruptions)
        paid += options.start / 60
        heapq.heappush(events, (hour + options.start / 60, machine, taken_away, options.rate * 3600 * dice.gauss(1, 0.05)))

    for machine in range(machines):
        start(0.0, machine)
    while events:
        hour, machine, taken_away, rate = heapq.heappop(events)
        end = max(end, hour)
        if not waiting:
            continue  # it is given back
        shard = waiting.pop()
        done = hour + left[shard] / rate
        paid += min(done, taken_away) - hour
        if done <= taken_away:
            left[shard] = 0
            heapq.heappush(events, (done, machine, taken_away, rate))
            continue
        left[shard] -= 0 if options.lost_spool else (taken_away - hour) * rate
        waiting.append(shard)
        interruptions += 1
        start(taken_away, machine)
    assert not any(left)
    return end, paid, interruptions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=4, help="pictures a second of a machine, by `sinew bench`")
    parser.add_argument("--price", type=float, default=0.05, help="of a machine, an hour")
    parser.add_argument("--within", type=float, default=24, help="hours")
    parser.add_argument("--start", type=float, default=5, help="minutes until a machine works")
    parser.add_argument("--interruptions", type=float, default=0.05, help="of a machine, an hour")
    parser.add_argument("--shards", type=int, default=20, help="for each machine")
    parser.add_argument("--lost-spool", action="store_true", help="a shard that is interrupted begins anew")
    parser.add_argument("--request-price", type=float, default=0.0004, help="of 1000 reads from the store")
    parser.add_argument("--store-rate", type=float, default=5500, help="reads a second that the store allows for a prefix")
    parser.add_argument("--queue-rate", type=float, default=5000, help="tasks a second of the queue's server, by measure.py")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--pictures", type=int, nargs="+", default=[10**6, 10**7, 10**8])
    options = parser.parse_args()
    dice = random.Random(1)
    print("| pictures | machines | hours: formula | simulated, median | worst of "
          f"{options.repeats} | interruptions | machine hours | machines | reads | pictures/s | of the queue | of a prefix |")
    print("|" + "---|" * 12)
    for pictures in options.pictures:
        machines, hours, _ = plan(options, pictures)
        runs = [play(options, pictures, machines, dice) for _ in range(options.repeats)]
        ends, paid, interruptions = ([run[i] for run in runs] for i in range(3))
        rate = machines * options.rate
        print(f"| {pictures:,} | {machines} | {hours:.1f} | {statistics.median(ends):.1f} | {max(ends):.1f} | "
              f"{statistics.median(interruptions):.0f} | {statistics.median(paid):.1f} | "
              f"{statistics.median(paid) * options.price:.2f} | {pictures / 1000 * options.request_price:.2f} | {rate:.0f} | "
              f"{100 * rate / options.queue_rate:.1f} % | {100 * rate / options.store_rate:.1f} % |")


if __name__ == "__main__":
    main()
