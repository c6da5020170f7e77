// The page: what people do, and what they see of it.
import { colorOf, drawScene, nameOf } from "./draw.js";
import { curlLine, saveCsv, saveJson, savePng } from "./downloads.js";
import { askDrawn, askPeople, LiveLink, TokenNeeded } from "./sources.js";

const $ = (id) => document.getElementById(id);
const sliders = ["threshold", "paf_threshold", "min_score", "min_parts"];
const parts = ["transfer", "queue", "read", "resize", "network", "decode", "draw"];

const state = {
  models: [], defaults: {}, token: sessionStorage.getItem("token") ?? "",
  picture: null,  // {bytes, name, image}
  link: null, stream: null, isCamera: false,
  scene: null, answer: null, highlight: null,
  request: null,  // of the picture: what ends it
  trend: [], answered: [], announced: -Infinity,
};

// ---- options ----------------------------------------------------------------

const model = () => state.models.find((entry) => entry.name === $("model").value) ?? state.models[0];
const view = () => document.querySelector("input[name=view]:checked").value;

// What differs from the defaults.
function options() {
  const chosen = {};
  if (state.models.length > 1) chosen.model = $("model").value;
  for (const name of sliders) {
    if (Number($(name).value) !== Number(state.defaults[name])) chosen[name] = $(name).value;
  }
  return chosen;
}

// A stream keeps its settings: it is told all of them.
function streamSettings() {
  const settings = { render: view() === "skeleton" ? "0" : view() };
  if (state.models.length > 1) settings.model = $("model").value;
  for (const name of sliders) settings[name] = Number($(name).value);
  return settings;
}

function showOptions() {
  for (const name of sliders) document.querySelector(`output[for=${name}]`).textContent = name === "min_parts" ? $(name).value : Number($(name).value).toFixed(2);
  $("curl").textContent = curlLine(options(), state.picture?.name, Boolean(state.token));
}

function resetOptions() {
  for (const name of sliders) $(name).value = state.defaults[name];
  changed();
}

let pending = 0;
function changed() {
  showOptions();
  clearTimeout(pending);
  pending = setTimeout(() => {
    if (state.link) state.link.set(streamSettings());
    else if (state.picture) lookAtPicture();
  }, 60);
}

// ---- drawing ----------------------------------------------------------------

function draw() {
  const canvas = $("canvas"), ratio = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio), height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  drawScene(canvas.getContext("2d"), width, height, state.scene, drawOptions());
}

function drawOptions() {
  return {
    mirror: state.isCamera && $("mirror").checked, labels: $("labels").checked, highlight: state.highlight,
    plain: $("plain").checked && view() === "skeleton", skeleton: view() === "skeleton" && !state.scene?.isDrawn,
  };
}

function setScene(image, answer, isDrawn = false) {
  state.answer = answer;
  const entry = state.models.find((m) => m.name === answer.model) ?? model();
  state.scene = {
    image, width: answer.width, height: answer.height, people: answer.people, isDrawn,
    limbs: entry?.limbs ?? [], colors: (entry?.keypoints ?? []).map((keypoint) => keypoint.color),
  };
  $("empty").hidden = true;
  for (const id of ["save-json", "save-csv", "save-png"]) $(id).disabled = false;
  const count = answer.people.length, text = count === 1 ? "1 person" : `${count} people`;
  $("canvas").setAttribute("aria-label", `${text} in the picture`);
  $("count").textContent = count;
  announce(`${text} found`);
  showPeople(answer.people);
  if ($("json").closest("details").open) $("json").textContent = JSON.stringify(answer, null, 1);
  draw();
}

// Not with every frame: whoever listens wants to hear it out. What is true last is said.
let announcing = 0;
function announce(text) {
  clearTimeout(announcing);
  if (text === $("announce").textContent) return;
  announcing = setTimeout(() => {
    state.announced = performance.now();
    $("announce").textContent = text;
  }, Math.max(0, state.announced + 3000 - performance.now()));
}

function showPeople(people) {
  const list = $("people");
  while (list.children.length > people.length) list.lastChild.remove();
  while (list.children.length < people.length) list.append(makePerson(list.children.length));
  people.forEach((person, index) => {
    const [dot, name, keypoints, score] = list.children[index].children;
    const found = person.keypoints.filter((value, i) => i % 3 === 2 && value > 0).length;
    dot.style.background = colorOf(person, index);
    name.textContent = nameOf(person, index);
    keypoints.textContent = `${found} of ${person.keypoints.length / 3}`;
    score.value = Math.min(1, person.score);
    score.title = score.ariaLabel = `score ${person.score.toFixed(2)}`;
  });
}

function makePerson(index) {
  const item = document.createElement("li");
  for (const [tag, name] of [["span", "dot"], ["span", "name"], ["span", "keypoints"], ["meter", "score"]]) {
    const part = document.createElement(tag);
    part.className = name;
    item.append(part);
  }
  item.tabIndex = 0;
  const light = (value) => () => {
    state.highlight = value;
    draw();
  };
  item.onmouseenter = item.onfocus = light(index);
  item.onmouseleave = item.onblur = light(null);
  return item;
}

// ---- time -------------------------------------------------------------------

function showTimes(answer, milliseconds) {
  const server = answer.milliseconds;
  const spent = { ...server, transfer: Math.max(0, milliseconds - Object.values(server).reduce((a, b) => a + b, 0)) };
  $("total").textContent = `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms`;
  for (const part of parts) {
    document.querySelector(`#split [data-part=${part}]`).style.flexGrow = spent[part];
    document.querySelector(`#parts [data-value=${part}]`).textContent = `${spent[part].toFixed(1)} ms`;
  }
  state.trend.push(milliseconds);
  if (state.trend.length > 60) state.trend.shift();
  if (state.trend.length < 2) return;
  const high = Math.max(...state.trend) * 1.1;
  $("trend").firstElementChild.setAttribute("points", state.trend.map((value, i) => `${(i * 120) / 59},${(28 - (28 * value) / high).toFixed(1)}`).join(" "));
}

function showRate() {
  const now = performance.now();
  state.answered.push(now);
  // Of two seconds; where answers take longer, of the last three.
  state.answered = state.answered.filter((time, i, all) => now - time < 2000 || i >= all.length - 3);
  if (state.answered.length < 3) return;
  const rate = (state.answered.length - 1) / ((now - state.answered[0]) / 1000);
  $("rate").hidden = false;
  $("rate").textContent = $("badge").textContent = `${rate.toFixed(rate < 10 ? 1 : 0)} fps`;
  $("badge").hidden = false;
}

function makeTimes() {
  const names = { transfer: "Transfer", queue: "Waiting", read: "Reading", resize: "Resizing", network: "Network", decode: "People", draw: "Drawing" };
  for (const part of parts) {
    const bar = document.createElement("i");
    bar.dataset.part = part;
    $("split").append(bar);
    const row = document.createElement("div"), dot = document.createElement("i"), name = document.createElement("dt"), value = document.createElement("dd");
    dot.dataset.part = part;
    name.textContent = names[part];
    value.dataset.value = part;
    value.textContent = "–";
    row.append(dot, name, value);
    $("parts").append(row);
  }
}

// ---- pictures, videos, the camera --------------------------------------------

function say(text) {
  $("message").textContent = text;
}

async function open(file) {
  say("");
  if (!file) return;
  if (file.type.startsWith("video/")) return openVideo(file);
  stop();
  let image = null;
  try {
    image = await createImageBitmap(file);
  } catch { /* a format that this browser does not show: the server draws it */ }
  state.picture = { bytes: file, name: file.name ?? "picture", image };
  showOptions();
  await lookAtPicture();
}

async function lookAtPicture() {
  const picture = state.picture;
  state.request?.abort();
  const request = (state.request = new AbortController());
  try {
    const chosen = options(), shown = view();
    const drawn = shown !== "skeleton" ? askDrawn(picture.bytes, chosen, shown, state.token, request.signal)
      : picture.image ? null : askDrawn(picture.bytes, chosen, "skeleton", state.token, request.signal);
    const [{ answer, milliseconds }, image] = await Promise.all([askPeople(picture.bytes, chosen, state.token, request.signal), drawn]);
    if (request.signal.aborted || state.picture !== picture) return;
    say("");
    setScene(image ?? picture.image, answer, image !== null);
    showTimes(answer, milliseconds);
  } catch (error) {
    if (error.name !== "AbortError") fail(error, lookAtPicture);
  }
}

function fail(error, again) {
  if (!(error instanceof TokenNeeded)) return say(error.message);
  askToken(again);
}

function askToken(again) {
  const dialog = $("token-dialog");
  dialog.onclose = () => {
    state.token = $("token").value.trim();
    sessionStorage.setItem("token", state.token);
    if (state.token) again();
  };
  if (!dialog.open) dialog.showModal();
}

function stop() {
  state.request?.abort();
  const link = state.link;
  state.link = null;
  link?.end("");
  state.stream?.getTracks().forEach((track) => track.stop());
  state.stream = null;
  const video = $("video");
  video.pause();
  if (video.src) URL.revokeObjectURL(video.src);
  video.removeAttribute("src");
  video.srcObject = null;
  state.isCamera = false;
  state.picture = null;
  state.trend = [];
  state.answered = [];
  $("camera").setAttribute("aria-pressed", "false");
  $("camera").textContent = "Camera";
  $("pause").hidden = $("badge").hidden = $("rate").hidden = true;
  setPaused(false);
  showBusy();
}

function setPaused(isPaused) {
  $("pause").setAttribute("aria-pressed", String(isPaused));
  $("pause").textContent = isPaused ? "Go on" : "Pause";
  $("badge").dataset.live = isPaused ? "no" : "yes";
}

async function openVideo(file) {
  stop();
  const video = $("video");
  video.src = URL.createObjectURL(file);
  video.loop = true;
  try {
    await video.play();
  } catch {
    return say("this browser cannot play that video; sinew run reads it: sinew run VIDEO --write-video out.mp4");
  }
  startLink();
}

async function openCamera() {
  if (state.isCamera) return stop();
  stop();
  say("");
  if (!navigator.mediaDevices) return say("browsers allow the camera on https:// and on localhost only");
  try {
    state.stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false });
  } catch (error) {
    return say(error.name === "NotAllowedError" ? "the camera was not allowed" : `there is no camera to use (${error.name})`);
  }
  const video = $("video");
  video.srcObject = state.stream;
  await video.play();
  state.isCamera = true;
  $("camera").setAttribute("aria-pressed", "true");
  $("camera").textContent = "Stop the camera";
  startLink();
}

function startLink() {
  $("pause").hidden = false;
  const link = (state.link = new LiveLink($("video"), streamSettings(), state.token, onAnswer, (reason) => {
    if (state.link !== link) return;
    stop();
    if (reason) checkConnection().then((isThere) => say(isThere ? reason : "the server has gone"));
  }));
}

// What is shown stays as it is once nothing is under way any more.
function showBusy() {
  $("view").setAttribute("aria-busy", String(Boolean(state.link && !state.link.isSettled)));
}

function onAnswer({ answer, frame, rendered, milliseconds }) {
  showBusy();
  if (answer.error) return say(answer.error);
  say("");
  setScene(rendered ?? frame, answer);
  showTimes(answer, milliseconds);
  showRate();
}

function pause() {
  const isPaused = $("pause").getAttribute("aria-pressed") !== "true";
  setPaused(isPaused);
  state.link?.hold(isPaused);
  showBusy();
  if (!state.isCamera) $("video")[isPaused ? "pause" : "play"]();
}

// ---- the start ----------------------------------------------------------------

async function checkConnection() {
  const pill = $("connection");
  try {
    const response = await fetch("v1/models", { headers: state.token ? { Authorization: `Bearer ${state.token}` } : {} });
    if (response.status === 401) return askToken(checkConnection), true;
    const document_ = await response.json();
    state.models = document_.models.filter((entry) => entry.ready);
    if (!Object.keys(state.defaults).length) {
      state.defaults = document_.defaults;
      $("min_parts").max = Math.max(...state.models.map((entry) => entry.keypoints.length), 1);
      $("model").replaceChildren(...state.models.map((entry) => new Option(`${entry.name} (${entry.resolution})`, entry.name)));
      $("model-field").hidden = state.models.length < 2;
      resetOptions();
    }
    pill.dataset.state = state.models.length ? "good" : "wait";
    pill.textContent = state.models.length ? `${model().name} ${model().resolution}` : "models are being loaded";
    return true;
  } catch {
    pill.dataset.state = "bad";
    pill.textContent = "not connected";
    return false;
  }
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}

function listen() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = localStorage.getItem("theme");
  setTheme(chosen ?? (dark.matches ? "dark" : "light"));
  dark.onchange = () => localStorage.getItem("theme") ?? setTheme(dark.matches ? "dark" : "light");
  $("theme").onclick = () => {
    const theme = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", theme);
    setTheme(theme);
  };
  $("choose").onclick = () => $("file").click();
  $("file").onchange = () => {
    open($("file").files[0]);
    $("file").value = "";
  };
  $("camera").onclick = openCamera;
  $("pause").onclick = pause;
  $("reset").onclick = resetOptions;
  for (const name of sliders) $(name).oninput = changed;
  $("model").onchange = changed;
  for (const radio of document.querySelectorAll("input[name=view]")) radio.onchange = changed;
  for (const id of ["labels", "plain", "mirror"]) $(id).onchange = draw;
  addEventListener("paste", (event) => open([...event.clipboardData.files][0]));
  const has = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    $("drop").hidden = false;
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) $("drop").hidden = true;
  });
  addEventListener("drop", (event) => {
    if (!has(event)) return;
    event.preventDefault();
    $("drop").hidden = true;
    open(event.dataTransfer.files[0]);
  });
  const baseName = () => (state.picture?.name ?? (state.isCamera ? "camera" : "video")).replace(/\.[^.]*$/, "");
  $("save-json").onclick = () => saveJson(state.answer, baseName());
  $("save-csv").onclick = () => saveCsv(state.answer, model().keypoints, baseName());
  $("save-png").onclick = () => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: state.scene.width, height: state.scene.height });
    drawScene(canvas.getContext("2d"), canvas.width, canvas.height, state.scene, { ...drawOptions(), highlight: null });
    savePng(canvas, baseName());
  };
  $("copy").onclick = async () => {
    await navigator.clipboard.writeText($("curl").textContent);
    $("copy").textContent = "Copied";
    setTimeout(() => ($("copy").textContent = "Copy"), 1500);
  };
  document.querySelector("details").ontoggle = () => {
    if (state.answer) $("json").textContent = JSON.stringify(state.answer, null, 1);
  };
  new ResizeObserver(draw).observe($("canvas"));
}

makeTimes();
listen();
showOptions();
await checkConnection();
setInterval(checkConnection, 15000);
