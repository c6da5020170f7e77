// What is on the canvas: a picture that fits it, and people over it.

export const COLORS = ["#4ea1ff", "#ffb347", "#63d297", "#ff6f91", "#b28dff", "#ffe066", "#4dd6d6", "#ff8c61"];

// The same person keeps the colour: by id where there is one.
export function colorOf(person, index) {
  const id = person.person_id ?? index;
  return COLORS[((id % COLORS.length) + COLORS.length) % COLORS.length];
}

export function nameOf(person, index) {
  return `Person ${(person.person_id ?? index) + 1}`;
}

const isFound = (person, k) => person.keypoints[3 * k + 2] > 0;

// Where the picture of the scene lies on a surface of width x height.
export function placeOn(scene, width, height) {
  const scale = Math.min(width / scene.width, height / scene.height);
  return { scale, x: (width - scene.width * scale) / 2, y: (height - scene.height * scale) / 2 };
}

// scene: {image, width, height, people, limbs, colors}; options: {mirror, labels, plain, highlight, skeleton}
export function drawScene(context, width, height, scene, options) {
  context.clearRect(0, 0, width, height);
  if (!scene) return;
  const place = placeOn(scene, width, height);
  context.save();
  context.translate(place.x, place.y);
  const w = scene.width * place.scale, h = scene.height * place.scale;
  if (options.plain) {
    context.fillStyle = "#000";
    context.fillRect(0, 0, w, h);
  } else if (scene.image) {
    context.save();
    if (options.mirror) context.transform(-1, 0, 0, 1, w, 0);
    context.imageSmoothingQuality = "high";
    context.drawImage(scene.image, 0, 0, w, h);
    context.restore();
  }
  if (options.skeleton) {
    const at = (person, k) => {
      const x = (person.keypoints[3 * k] + 0.5) * place.scale, y = (person.keypoints[3 * k + 1] + 0.5) * place.scale;
      return [options.mirror ? w - x : x, y];
    };
    const line = Math.max(2, Math.min(w, h) / 160);
    scene.people.forEach((person, index) => drawPerson(context, scene, person, index, at, line, options));
  }
  context.restore();
}

function drawPerson(context, scene, person, index, at, line, options) {
  const isFaint = options.highlight !== null && options.highlight !== undefined && options.highlight !== index;
  context.globalAlpha = isFaint ? 0.25 : 1;
  context.lineCap = "round";
  const limbs = scene.limbs.filter(([from, to]) => isFound(person, from) && isFound(person, to));
  // A dark edge, so that the colours are seen on any picture.
  for (const [width, style] of [[line * 1.9, "rgb(0 0 0 / 45%)"], [line, null]]) {
    context.lineWidth = width;
    for (const [from, to] of limbs) {
      context.strokeStyle = style ?? colorOf(person, index);
      context.beginPath();
      context.moveTo(...at(person, from));
      context.lineTo(...at(person, to));
      context.stroke();
    }
  }
  scene.colors.forEach((color, k) => {
    if (!isFound(person, k)) return;
    const [x, y] = at(person, k);
    context.beginPath();
    context.arc(x, y, line * 0.95, 0, 2 * Math.PI);
    context.fillStyle = `rgb(${color.join(" ")})`;
    context.fill();
    context.lineWidth = Math.max(1, line * 0.3);
    context.strokeStyle = "#fff";
    context.stroke();
  });
  if (options.labels) drawLabel(context, scene, person, index, at, line);
  context.globalAlpha = 1;
}

function drawLabel(context, scene, person, index, at, line) {
  let top = Infinity, middle = 0, found = 0;
  scene.colors.forEach((_, k) => {
    if (!isFound(person, k)) return;
    const [x, y] = at(person, k);
    top = Math.min(top, y);
    middle += x;
    ++found;
  });
  if (!found) return;
  const text = nameOf(person, index), size = Math.max(11, line * 3.6);
  context.font = `600 ${size}px system-ui, sans-serif`;
  const width = context.measureText(text).width + size, x = middle / found - width / 2, y = Math.max(0, top - size * 2.2);
  context.fillStyle = colorOf(person, index);
  context.beginPath();
  context.roundRect(x, y, width, size * 1.5, size * 0.4);
  context.fill();
  context.fillStyle = "#0b0e13";
  context.textBaseline = "middle";
  context.fillText(text, x + size / 2, y + size * 0.78);
}
