// Draws the charts, and again when the window or its colours change.

async function main() {
  readColours();
  const data = await unpack();
  const bars = [...document.querySelectorAll("canvas.bars")].map((canvas) => new Bars(canvas, data.partitions[canvas.dataset.part]));
  const view = new View(data.seconds), canvas = document.getElementById("lanes");
  if (canvas && data.slots) {
    const lanes = new Lanes(canvas, data, view);
    void new Walk(lanes);
    const { records, bytes, running, memory } = data.series;
    void new Strip("records", records, shortText, PHASES, view);
    void new Strip("bytes", bytes, bytesText, PHASES, view);
    void new Strip("running", running, shortText, ["soft"], view);
    void new Strip("memory", memory, bytesText, ["backup"], view);
    for (const [id, factor] of [["zoom-in", 0.5], ["zoom-out", 2], ["zoom-all", Infinity]]) {
      document.getElementById(id).addEventListener("click", () => (factor === Infinity ? view.show(0, view.all) : view.zoom(factor)));
    }
  }
  const draw = () => { readColours(); view.draw(); for (const each of bars) each.draw(); };
  draw();
  new ResizeObserver(draw).observe(document.getElementById("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.documentElement.dataset.drawn = "yes";
}

main();
