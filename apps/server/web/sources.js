// Where answers come from: requests for pictures, a WebSocket for cameras and videos.

export class TokenNeeded extends Error {}

// Asks the server once. Resolves to {answer, rendered, milliseconds}; `signal` ends the request.
export async function askPeople(bytes, options, token, signal) {
  const start = performance.now();
  const response = await post(bytes, options, token, signal);
  const answer = await response.json();
  return { answer, milliseconds: performance.now() - start };
}

// The picture as the server draws it.
export async function askDrawn(bytes, options, render, token, signal) {
  const response = await post(bytes, { ...options, render }, token, signal);
  return createImageBitmap(await response.blob());
}

async function post(bytes, options, token, signal) {
  const headers = { "Content-Type": "application/octet-stream" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(`v1/people?${new URLSearchParams(options)}`, { method: "POST", body: bytes, headers, signal });
  if (response.ok) return response;
  if (response.status === 401) throw new TokenNeeded();
  const text = await response.text();
  let message = text;
  try {
    message = JSON.parse(text).error;
  } catch { /* not ours: the text is all there is */ }
  throw new Error(message || `the server answers ${response.status}`);
}

// Frames of a <video> to the server, the newest first: at most `kInFlight` are under way.
const kInFlight = 2;
const kLongSide = 720;

export class LiveLink {
  // onAnswer({answer, frame, rendered, milliseconds}), onEnd(reason)
  constructor(video, options, token, onAnswer, onEnd) {
    this.video = video;
    this.options = options;
    this.onAnswer = onAnswer;
    this.onEnd = onEnd;
    this.sent = new Map();
    this.number = 0;
    this.spare = [];
    this.waiting = null;  // an answer whose drawn picture is still to come
    this.undelivered = 0;
    const url = new URL("v1/stream", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(url, token ? ["sinew", `bearer.${token}`] : ["sinew"]);
    this.socket.binaryType = "blob";
    this.socket.onopen = () => {
      this.set(this.options);
      this.next();
    };
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = (event) => this.end(event.code === 1006 ? "the stream was refused or broke" : "");
  }

  set(options) {
    this.options = options;
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(options));
  }

  get isOver() {
    return this.socket.readyState > WebSocket.OPEN;
  }

  // Whether frames are held back, and all that were sent are answered and shown.
  get isSettled() {
    return Boolean(this.isHeld) && this.sent.size === 0 && this.undelivered === 0;
  }

  // When the video shows a new frame, and not too many are under way.
  next() {
    if (this.isOver || this.isScheduled) return;
    this.isScheduled = true;
    const send = () => {
      this.isScheduled = false;
      if (!this.isOver && this.sent.size < kInFlight && !this.isHeld) this.send();
    };
    if (this.video.requestVideoFrameCallback) this.video.requestVideoFrameCallback(send);
    else requestAnimationFrame(send);
  }

  hold(isHeld) {
    this.isHeld = isHeld;
    if (!isHeld) this.next();
  }

  send() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return this.next();
    const scale = Math.min(1, kLongSide / Math.max(videoWidth, videoHeight));
    const canvas = this.spare.pop() ?? document.createElement("canvas");
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    const number = this.number++;
    this.sent.set(number, { canvas, start: performance.now() });
    canvas.toBlob((blob) => {
      if (!this.isOver && blob) this.socket.send(blob);
    }, "image/jpeg", 0.85);
    if (this.sent.size < kInFlight) this.next();
  }

  async receive(data) {
    if (typeof data !== "string") {
      const waiting = this.waiting;
      this.waiting = null;
      if (waiting) this.deliver({ ...waiting, rendered: await createImageBitmap(data).catch(() => undefined) });
      return;
    }
    const answer = JSON.parse(data);
    if (answer.frame === undefined) return this.onAnswer({ answer });
    const entry = this.sent.get(answer.frame);
    // Frames that were passed over on the way are never answered.
    for (const number of [...this.sent.keys()]) {
      if (number > answer.frame) continue;
      if (number < answer.frame) this.spare.push(this.sent.get(number).canvas);
      this.sent.delete(number);
    }
    this.next();
    if (!entry) return;
    this.undelivered++;
    const result = { answer, frame: entry.canvas, milliseconds: performance.now() - entry.start };
    if (!answer.error && this.options.render && this.options.render !== "0") this.waiting = result;
    else this.deliver(result);
  }

  deliver(result) {
    this.undelivered--;
    if (!this.isOver) this.onAnswer(result);
    // The frame before is not shown any more.
    if (this.shown && this.spare.length < 4) this.spare.push(this.shown);
    this.shown = result.frame;
  }

  end(reason) {
    if (this.isEnded) return;
    this.isEnded = true;
    if (this.socket.readyState <= WebSocket.OPEN) this.socket.close();
    this.onEnd(reason);
  }
}
