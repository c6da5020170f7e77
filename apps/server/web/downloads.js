// What people take away: files, and the request as a command.

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

export function saveJson(answer, name) {
  save(`${name}.json`, new Blob([JSON.stringify(answer, null, 1)], { type: "application/json" }));
}

// As the program's CSV has it: a row a person, columns with the keypoints' names.
export function csvOf(answer, keypoints, name) {
  const columns = keypoints.flatMap((keypoint) => [`${keypoint.name}_x`, `${keypoint.name}_y`, `${keypoint.name}_score`]);
  const quote = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = answer.people.map((person, index) => {
    const values = keypoints.flatMap((_, k) => {
      const found = person.keypoints[3 * k + 2] > 0;
      return [0, 1, 2].map((i) => (found ? person.keypoints[3 * k + i] : ""));
    });
    return [quote(name), answer.width, answer.height, index, person.person_id ?? "", person.score, ...values].join(",");
  });
  return ["source,width,height,person,person_id,score," + columns.join(","), ...rows, ""].join("\n");
}

export function saveCsv(answer, keypoints, name) {
  save(`${name}.csv`, new Blob([csvOf(answer, keypoints, name)], { type: "text/csv" }));
}

export function savePng(canvas, name) {
  canvas.toBlob((blob) => save(`${name}.png`, blob), "image/png");
}

const shellQuote = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function curlLine(options, fileName, hasToken) {
  const query = new URLSearchParams(options).toString();
  const url = new URL(`v1/people${query ? `?${query}` : ""}`, location.href).href;
  const token = hasToken ? ' -H "Authorization: Bearer $TOKEN"' : "";
  return `curl${token} --data-binary ${shellQuote(`@${fileName || "photo.jpg"}`)} ${shellQuote(url)}`;
}
