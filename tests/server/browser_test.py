#!/usr/bin/env python3
"""The page in a real browser: pictures, a camera that is a video, sliders, themes, a phone's width, the keyboard.

    browser_test.py SINEW_SERVE MAKE_MODEL WORK DEMO_DATA SINEW

With the demo's pictures and model (scripts/fetch_samples.sh, sinew model fetch mobilenet_thin) people are looked for where
they are; without them the miniature network has to do, which finds somebody in anything. Screenshots are left in WORK.
"""
import json
import pathlib
import random
import shutil
import subprocess
import sys
import time

from server_fixture import Server, check, fresh, png, skip, use_python_with

use_python_with("selenium")
try:
    from selenium import webdriver
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    skip("there is no selenium: apt-get install python3-selenium chromium-driver")


def open_browser(chromium, work, camera=None, dark=False, width=1360, height=900):
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},{height}", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--disable-background-networking", "--no-first-run", f"--user-data-dir={work / 'browser'}"]:
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
    if camera:
        options.add_argument("--use-fake-ui-for-media-stream")
        options.add_argument("--use-fake-device-for-media-stream")
        options.add_argument(f"--use-file-for-fake-video-capture={camera}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    from selenium.webdriver.chrome.service import Service
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Page:
    def __init__(self, browser, server, work):
        self.browser, self.server, self.work, self.complaints = browser, server, work, []
        browser.get(server.url + "/")
        self.wait("document.getElementById('connection').dataset.state === 'good'", "the page finds the server")

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def wait(self, condition, what, seconds=40):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.js(f"return Boolean({condition})"):
                print(f"ok: {what}")
                return
            time.sleep(0.1)
        self.shot("failed")
        sys.exit(f"failed: {what}; message: {self.text('message')}; console: {self.browser.get_log('browser')}")

    def text(self, name):
        return self.js("return document.getElementById(arguments[0]).textContent", name)

    def open(self, path):
        self.browser.find_element(By.ID, "file").send_keys(str(path))

    def set(self, slider, value):
        self.js("const s = document.getElementById(arguments[0]); s.value = arguments[1]; s.dispatchEvent(new Event('input', {bubbles: true}))", slider, value)

    def shot(self, name):
        self.browser.save_screenshot(str(self.work / f"{name}.png"))

    def pixel(self, x, y):
        """Of the canvas, x and y in parts of the picture."""
        return self.js("""
          const canvas = document.getElementById('canvas'), answer = JSON.parse(document.getElementById('json').textContent);
          const scale = Math.min(canvas.width / answer.width, canvas.height / answer.height);
          const left = (canvas.width - answer.width * scale) / 2, top = (canvas.height - answer.height * scale) / 2;
          return [...canvas.getContext('2d').getImageData(left + (arguments[0] + .5) * scale, top + (arguments[1] + .5) * scale, 1, 1).data].slice(0, 3)""", x, y)

    def end(self):
        logs = [entry for entry in self.browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING") or "Content Security Policy" in entry["message"]]
        # What is slow is this test's own reading of single pixels.
        logs = [entry for entry in logs if "willReadFrequently" not in entry["message"]]
        check(not logs, f"no complaint in the console {logs[:3]}")
        self.browser.quit()


def keypoints_inside(answer):
    """(index, x, y) of all that were found and are not at the picture's edge."""
    for person in answer["people"]:
        for k in range(len(person["keypoints"]) // 3):
            x, y, score = person["keypoints"][3 * k:3 * k + 3]
            if score > 0 and 2 < x < answer["width"] - 2 and 2 < y < answer["height"] - 2:
                yield k, x, y


def check_drawn(page, server, what):
    """The keypoints that the answer names have their colours on the canvas."""
    colors = [keypoint["color"] for keypoint in server.json("/v1/models")["models"][0]["keypoints"]]
    seen = list(keypoints_inside(json.loads(page.text("json"))))
    right = sum(sum(abs(a - b) for a, b in zip(page.pixel(x, y), colors[k])) < 60 for k, x, y in seen)
    # Some lie under other keypoints and labels.
    check(len(seen) >= 4 and right >= 0.6 * len(seen), f"{what}: {right} of {len(seen)} keypoints are drawn where they are")


def test_picture(page, server, picture, expected):
    page.js("document.querySelector('details').open = true")
    page.open(picture)
    page.wait("document.getElementById('count').textContent !== '–'", "a picture is looked at")
    time.sleep(0.5)
    count = int(page.text("count"))
    check(expected(count), f"{count} people are found")
    check(page.js("return document.querySelectorAll('#people li').length") == count, "and listed")
    words = "1 person" if count == 1 else f"{count} people"
    page.wait(f"document.getElementById('announce').textContent === '{words} found'", "and told to who cannot see them")
    check(page.js("return document.getElementById('canvas').getAttribute('aria-label')") == f"{words} in the picture", "as the picture's name")
    check_drawn(page, server, "the picture")
    page.shot("light")
    page.set("min_parts", 18)
    page.wait(f"document.getElementById('count').textContent !== '{count}'", "a slider acts at once")
    check("min_parts=18" in page.text("curl"), "the command follows the sliders")
    page.browser.find_element(By.ID, "reset").click()
    page.wait(f"document.getElementById('count').textContent === '{count}'", "and back")
    for view in ("heatmap", "paf"):
        before = page.js("return document.getElementById('canvas').toDataURL().length")
        page.js("document.querySelector(`input[value=${arguments[0]}]`).click()", view)
        page.wait(f"Math.abs(document.getElementById('canvas').toDataURL().length - {before}) > 100", f"the view {view} shows something else")
        time.sleep(0.3)
        page.shot(view)
    page.js("document.querySelector('input[value=skeleton]').click()")
    line = page.text("curl").replace(f"@{picture.name}", f"@{picture}")
    answer = json.loads(subprocess.run(["sh", "-c", line.replace("curl ", "curl -sS ", 1)], check=True, capture_output=True).stdout)
    check(len(answer["people"]) == count, "the command that is shown works")


def test_downloads(page, downloads):
    downloads.mkdir(exist_ok=True)
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(downloads)})
    for kind in ("json", "csv", "png"):
        page.browser.find_element(By.ID, f"save-{kind}").click()
    deadline = time.monotonic() + 20
    while len([p for p in downloads.iterdir() if p.suffix in (".json", ".csv", ".png")]) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    files = {path.suffix: path for path in downloads.iterdir()}
    count = int(page.text("count"))
    check(len(json.loads(files[".json"].read_text())["people"]) == count, "JSON is saved")
    check(len(files[".csv"].read_text().splitlines()) == count + 1, "CSV is saved")
    check(files[".png"].read_bytes()[:4] == b"\x89PNG", "PNG is saved")


def test_keyboard(page):
    page.js("document.activeElement.blur(); window.scrollTo(0, 0)")
    body = page.browser.find_element(By.TAG_NAME, "body")
    reached = []
    for _ in range(34):
        page.browser.switch_to.active_element.send_keys(Keys.TAB) if reached else body.send_keys(Keys.TAB)
        reached.append(page.js("const e = document.activeElement; return e.id || e.value || e.className || e.tagName"))
    for name in ("choose", "camera", "threshold", "min_score", "labels", "save-json", "copy", "curl"):
        check(name in reached, f"the keyboard reaches {name}")
    nameless = page.js("""
      return [...document.querySelectorAll('button, input, select, [tabindex="0"]')].filter((e) => !e.closest('[hidden], dialog') &&
        !(e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label')?.textContent.trim())).map((e) => e.outerHTML)""")
    check(not nameless, f"everything that is reached has a name {nameless}")


def frame_number(page):
    return json.loads(page.text("json"))["frame"]


def pause(page):
    """On whatever frame is answered last."""
    page.browser.find_element(By.ID, "pause").click()
    page.wait("document.getElementById('view').getAttribute('aria-busy') === 'false'", "paused, nothing changes any more")


def go_on(page, what):
    """Until a few more frames are answered."""
    number = frame_number(page)
    page.browser.find_element(By.ID, "pause").click()
    page.wait(f"JSON.parse(document.getElementById('json').textContent).frame > {number} + 2", what)


def test_camera(page, server, least):
    page.browser.find_element(By.ID, "camera").click()
    page.wait("parseFloat(document.getElementById('rate').textContent) > 0", "the camera's picture is answered, again and again")
    pause(page)
    # People walk in and out of the picture.
    for _ in range(30):
        if int(page.text("count")) >= least and len(list(keypoints_inside(json.loads(page.text("json"))))) >= 4:
            break
        go_on(page, "and on")
        pause(page)
    check(int(page.text("count")) >= least, f"{page.text('count')} people are found on the camera's picture")
    page.browser.find_element(By.ID, "mirror").send_keys(" ")
    check_drawn(page, server, "the camera")
    page.shot("camera")
    ids = [person.get("person_id") for person in json.loads(page.text("json"))["people"]]
    check(all(isinstance(number, int) and number >= 0 for number in ids), "people of the camera have ids")
    page.js("document.querySelector('input[value=heatmap]').click()")
    go_on(page, "the heat map is live as well")
    page.shot("camera_heatmap")
    page.browser.find_element(By.ID, "camera").click()
    deadline = time.monotonic() + 10
    while server.metric("sinew_http_streams") > 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    check(server.metric("sinew_http_streams") == 0, "turned off, the stream ends")


def has_demo(sinew, data):
    found = subprocess.run([sinew, "model", "path", "mobilenet_thin"], capture_output=True, text=True)
    return found.returncode == 0 and (data / "basketball1.png").exists() and (data / "vtest.avi").exists()


def main():
    program, make_model, work, data, sinew = sys.argv[1], sys.argv[2], fresh(sys.argv[3]).resolve(), pathlib.Path(sys.argv[4]), sys.argv[5]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("chromedriver"):
        skip("there is no Chromium with its driver: apt-get install chromium chromium-driver")
    demo = has_demo(sinew, data)
    if demo:
        server = Server(program, make_model, work, model=subprocess.run([sinew, "model", "path", "mobilenet_thin"], capture_output=True, text=True, check=True).stdout.strip() + "@432x368")
        picture, expected, least = data / "basketball1.png", lambda count: 2 <= count <= 10, 2
        camera = work / "camera.mjpeg"
        subprocess.run(["ffmpeg", "-v", "error", "-i", data / "vtest.avi", "-t", "8", "-c:v", "mjpeg", "-q:v", "3", camera], check=True) if shutil.which("ffmpeg") else None
        camera = camera if camera.exists() else None
    else:
        print("note: the demo's model and pictures are not here; a miniature network stands in for them")
        server = Server(program, make_model, work)
        picture, expected, least, camera = work / "noise.png", lambda count: count >= 1, 1, None
        picture.write_bytes(png(160, 120))

    page = Page(open_browser(chromium, work), server, work)
    page.shot("empty")
    test_picture(page, server, picture, expected)
    test_keyboard(page)
    test_downloads(page, work / "downloads")
    page.js("document.getElementById('theme').click()")
    page.shot("dark_by_hand")
    page.end()

    page = Page(open_browser(chromium, work, dark=True), server, work)
    check(page.js("return document.documentElement.dataset.theme") in ("dark", "light"), "there is a theme")
    page.end()

    page = Page(open_browser(chromium, work, width=500, height=950), server, work)
    page.js("localStorage.setItem('theme', 'dark')")
    page.browser.refresh()
    page.wait("document.getElementById('connection').dataset.state === 'good'", "the dark page finds the server")
    page.shot("narrow_empty")
    page.open(picture)
    page.wait("document.getElementById('count').textContent !== '–'", "a picture on a narrow page")
    time.sleep(0.5)
    check(page.js("return document.documentElement.scrollWidth <= window.innerWidth"), "nothing is wider than a narrow page")
    page.shot("narrow")
    page.end()

    page = Page(open_browser(chromium, work, camera=camera or "/dev/null") if camera else open_browser(chromium, work, camera=make_noise_video(work)), server, work)
    page.js("document.querySelector('details').open = true")
    test_camera(page, server, least)
    page.end()
    check(server.stop() == 0, "the server stops")


def make_noise_video(work):
    """A Y4M of a few frames, in most of which the miniature network finds somebody."""
    path, generator = work / "noise.y4m", random.Random(1)
    frames = [generator.randbytes(160 * 120) + bytes([128]) * (160 * 120 // 2) for _ in range(10)]
    path.write_bytes(b"YUV4MPEG2 W160 H120 F10:1 Ip A1:1 C420jpeg\n" + b"".join(b"FRAME\n" + frame for frame in frames))
    return path


if __name__ == "__main__":
    main()
