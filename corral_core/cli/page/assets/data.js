// The charts' data: base64 of gzip of JSON, see corral_core/cli/page/charts.py.

const PHASES = ["map", "reduce"];
const WON = 0, FAILED = 1;
const OUTCOMES = ["won", "failed", "late: another attempt had won", "cancelled: not waited for"];

async function unpack() {
  const letters = atob(document.getElementById("data").textContent);
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// The attempts of each slot, by time.
function bySlot(data) {
  const slots = Array.from({ length: data.slots }, () => []);
  data.attempts.slot.forEach((slot, row) => slots[slot].push(row));
  for (const rows of slots) rows.sort((a, b) => data.attempts.at[a] - data.attempts.at[b]);
  return slots;
}

// What an attempt reads, in words.
function readsText(data, row) {
  const a = data.attempts;
  if (a.phase[row] === 1) return `partition ${a.task[row]}`;
  if (a.file[row] < 0) return "";
  const first = data.files[a.file[row]];
  const end = `byte ${numberText(a.end[row])}`;
  if (a.file[row] === a.last_file[row]) return `${first}, bytes ${numberText(a.start[row])} to ${numberText(a.end[row])}`;
  const more = a.splits[row] > 2 ? ` and ${a.splits[row] - 2} more` : "";
  return `${first}${more}, up to ${data.files[a.last_file[row]]}, ${end}`;
}
