// Canvases as sharp as the screen, in the page's colours.

const NAMES = ["paper", "panel", "ink", "soft", "line", "grid", "map", "reduce", "failed", "backup", "late", "shade"];
let colours = {};

function readColours() {
  const style = getComputedStyle(document.documentElement);
  colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

// A canvas of this height, cleared, in units of CSS pixels.
function fresh(canvas, height) {
  const ratio = window.devicePixelRatio || 1, width = canvas.clientWidth;
  if (height !== undefined) canvas.style.height = `${height}px`;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(canvas.clientHeight * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "middle";
  return pen;
}

// What a canvas shows, to be put back when the pointer has moved.
function picture(canvas) {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  if (copy.width && copy.height) copy.getContext("2d").drawImage(canvas, 0, 0);
  return copy;
}

function restore(pen, copy) {
  pen.save();
  pen.resetTransform();
  pen.clearRect(0, 0, copy.width, copy.height);
  if (copy.width && copy.height) pen.drawImage(copy, 0, 0);
  pen.restore();
}

// Slanted lines, for what failed: seen without colours too.
function hatch(pen, colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const ink = tile.getContext("2d");
  ink.strokeStyle = colour;
  ink.lineWidth = 2;
  for (const shift of [-6, 0, 6]) {
    ink.beginPath();
    ink.moveTo(shift, 6);
    ink.lineTo(shift + 6, 0);
    ink.stroke();
  }
  return pen.createPattern(tile, "repeat");
}

function text(pen, words, x, y, colour, align = "left") {
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.fillText(words, x, y);
}
