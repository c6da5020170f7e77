#!/usr/bin/env python3
"""A report in a real browser: drawn without errors, light, dark and printed.

    browser_test.py SINEW MAKE_MODEL WORK

Measures a miniature model, makes the report of it, and looks at it with headless Chromium. Exit code 77 (skipped) where there is
no Chromium, or where sinew was built without the chart library.
"""
import html
import json
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import zlib

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--window-size=1120,2400", "--host-resolver-rules=MAP * ~NOTFOUND",
         "--enable-logging=stderr"]


# The report in a frame of a given width, since windows have 500 pixels at least; as on paper, where PRINT is true: all rules of print
# apply. What is measured is left in the page.
FRAME = """<!doctype html><body style="margin:0"><iframe src="report.html" style="width:WIDTHpx;height:9000px;border:0"></iframe><script>
onload = () => setTimeout(async () => {
  const frame = document.querySelector("iframe"), page = frame.contentDocument, view = frame.contentWindow;
  if (PRINT) {
    for (const sheet of page.styleSheets)
      for (const rule of sheet.cssRules) if (rule.media && rule.media.mediaText == "print") rule.media.mediaText = "all";
    await new Promise(done => setTimeout(done, 500));
  }
  const texts = [...page.querySelectorAll("svg text")].filter(text => text.textContent.trim());
  const pixels = text => parseFloat(view.getComputedStyle(text).fontSize) * text.getScreenCTM().a;
  const inside = text => { const box = text.getBoundingClientRect(); return box.left >= 0 && box.right <= WIDTH; };
  document.body.dataset.seen = JSON.stringify({
    labels: texts.length, smallest: Math.min(...texts.map(pixels)), clipped: texts.filter(text => !inside(text)).map(text => text.textContent),
    text: Math.min(...[...page.querySelectorAll("p, li, td, th")].map(e => parseFloat(view.getComputedStyle(e).fontSize))),
    width: page.documentElement.scrollWidth, says: page.querySelector(".provenance").textContent});
}, 1500);
</script>"""


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def check(condition, what):
    if not condition:
        sys.exit(f"failed: {what}")
    print(f"ok: {what}")


def png_pixels(path):
    """Rows of (r, g, b) of an 8-bit RGB or RGBA picture that is not interlaced."""
    data = path.read_bytes()
    check(data[:8] == b"\x89PNG\r\n\x1a\n", f"{path.name} is a PNG")
    position, compressed = 8, b""
    while position < len(data):
        size, kind = struct.unpack(">I4s", data[position:position + 8])
        body = data[position + 8:position + 8 + size]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            compressed += body
        position += 12 + size
    check(depth == 8 and colour in (2, 6) and not interlaced, f"{path.name} has plain colours")
    step = 3 if colour == 2 else 4
    raw, before, rows = zlib.decompress(compressed), bytearray(width * step), []
    for y in range(height):
        start = y * (width * step + 1)
        filter_kind, line = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i in range(len(line)):
            left = line[i - step] if i >= step else 0
            up, corner = before[i], before[i - step] if i >= step else 0
            if filter_kind == 1:
                line[i] = (line[i] + left) & 255
            elif filter_kind == 2:
                line[i] = (line[i] + up) & 255
            elif filter_kind == 3:
                line[i] = (line[i] + (left + up) // 2) & 255
            elif filter_kind == 4:
                guess = left + up - corner
                nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
                line[i] = (line[i] + nearest) & 255
        rows.append([tuple(line[i:i + 3]) for i in range(0, len(line), step)])
        before = line
    return rows


def main():
    sinew, make_model, work = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        skip("there is no Chromium")
    shutil.rmtree(work, ignore_errors=True)
    (work / "results").mkdir(parents=True)
    graph, artifact, page = work / "graph.pb", work / "m.sinew", work / "report.html"
    subprocess.run([make_model, graph], check=True)
    subprocess.run([sinew, "compile", graph, "--net-resolution", "64x48", "-o", artifact, "-q"], check=True)
    for name, arguments in {"bench": ["bench", artifact, "--threads", "1,2", "--cores", "1,2", "--repeats", "5"],
                            "profile": ["profile", artifact, "--repeats", "3"]}.items():
        with open(work / "results" / f"{name}.json", "w", encoding="utf-8") as out:
            subprocess.run([sinew, *arguments, "--json"], check=True, stdout=out)
    made = subprocess.run([sinew, "report", work / "results", "--with-disturbed", "--instance", "this", "--price", "0.0765/h", "-o", page], check=True, capture_output=True, text=True)
    if "no chart library" in made.stderr:
        skip("sinew was built without the chart library (scripts/fetch_charts.sh)")

    def browse(*flags):
        return subprocess.run([chromium, *FLAGS, f"--user-data-dir={work / 'browser'}", *flags, page.resolve().as_uri()], capture_output=True, text=True, timeout=100)

    dom = browse("--dump-dom")
    charts = re.search(r'<body[^>]* data-charts="(\d+)"', dom.stdout)
    # Throughput, cost, Pareto front, latency, threads, networks side by side, parts and steps of the profile.
    check(charts and int(charts.group(1)) == 8, f"8 charts are drawn ({charts.group(1) if charts else dom.stderr[-2000:]})")
    check(dom.stdout.count("<svg") >= 8, "they are vectors")
    check("CONSOLE" not in dom.stderr, "without a complaint of the scripts\n" + "\n".join(line for line in dom.stderr.splitlines() if "CONSOLE" in line))

    # On a phone, charts are as wide as the page, and their text as large as elsewhere.
    phone = browse("--window-size=375,800", "--dump-dom")
    widths = [int(width) for width in re.findall(r'<svg[^>]* width="(\d+)"', phone.stdout)]
    # Chromium without a screen has windows of 500 pixels at least.
    check(len(widths) >= 8 and max(widths) <= 500, f"charts fit a phone ({max(widths, default=0)} pixels)")

    def look(width, printed):
        frame = work / "frame.html"
        frame.write_text(FRAME.replace("WIDTH", str(width)).replace("PRINT", "true" if printed else "false"), encoding="utf-8")
        seen = subprocess.run([chromium, *FLAGS, "--allow-file-access-from-files", "--virtual-time-budget=8000",
                               f"--user-data-dir={work / 'browser'}", "--dump-dom", frame.resolve().as_uri()],
                              capture_output=True, text=True, timeout=100)
        found = re.search(r'data-seen="([^"]*)"', seen.stdout)
        check(found, f"the page shows in a frame of {width} pixels {'' if found else seen.stderr[-2000:]}")
        return json.loads(html.unescape(found.group(1)))

    phone = look(375, printed=False)
    check(phone["width"] <= 375 and phone["labels"] > 50, f"at 375 pixels nothing has to be pushed aside ({phone['width']})")
    check(phone["smallest"] >= 9 and phone["text"] >= 12, f"and text can be read ({phone['smallest']}, {phone['text']} pixels)")
    check(not phone["clipped"], f"and labels are whole {phone['clipped']}")
    check(re.search(r"Measured \d{4}-\d\d-\d\d on .+processor", phone["says"]), f"date and machine are told: {phone['says']}")
    paper = look(680, printed=True)  # of A4, in pixels of 1/96 inch, less margins
    check(paper["labels"] > 50 and not paper["clipped"], f"on paper labels are whole {paper['clipped']}")

    backgrounds = {}
    for mode, flags in {"light": [], "dark": ["--force-dark-mode"]}.items():
        browse(*flags, f"--screenshot={work / (mode + '.png')}")
        rows = png_pixels(work / f"{mode}.png")
        backgrounds[mode] = sum(rows[0][0]) / 3
        colours = {pixel for row in rows[::4] for pixel in row[::4]}
        check(len(colours) > 20, f"{mode}: the page is not empty ({len(colours)} colours)")
        measured = {"light": (0x24, 0x57, 0xc5), "dark": (0x79, 0xa7, 0xff)}[mode]
        check(sum(pixel == measured for row in rows for pixel in row) > 2000, f"{mode}: measured bars have their colour")
    check(backgrounds["light"] > 240 and backgrounds["dark"] < 60, "the page follows the choice of light or dark")

    browse(f"--print-to-pdf={work / 'report.pdf'}", "--no-pdf-header-footer")
    pdf = (work / "report.pdf").read_bytes()
    check(pdf[:5] == b"%PDF-" and len(pdf) > 20000, f"it prints ({len(pdf)} bytes)")


if __name__ == "__main__":
    main()
