// The part of the time axis that all charts of time show, and the moment under the pointer.

class View {
  constructor(seconds) {
    this.all = seconds || 1;
    this.from = 0;
    this.to = this.all;
    this.at = null; // the moment pointed at
    this.range = null; // while somebody drags
    this.charts = [];
  }

  // The left edge leaves room for a chart's scale.
  x(time, width) {
    return View.LEFT + ((time - this.from) / (this.to - this.from)) * (width - View.LEFT);
  }

  time(x, width) {
    return this.from + ((x - View.LEFT) / (width - View.LEFT)) * (this.to - this.from);
  }

  show(from, to) {
    const least = this.all / 5000;
    const half = Math.max(to - from, least) / 2, middle = (from + to) / 2;
    this.from = Math.max(0, middle - half);
    this.to = Math.min(this.all, middle + half);
    this.draw();
  }

  zoom(factor, middle = (this.from + this.to) / 2) {
    const half = ((this.to - this.from) * factor) / 2;
    this.show(middle - half, middle + half);
  }

  draw() {
    for (const chart of this.charts) chart.draw();
  }

  point(time) {
    this.at = time;
    for (const chart of this.charts) chart.point();
  }

  // Round moments to write on the axis.
  ticks(count) {
    const rough = (this.to - this.from) / count, power = 10 ** Math.floor(Math.log10(rough));
    const nice = [1, 2, 5, 10].find((each) => each * power >= rough) * power;
    const step = rough > 20 ? [30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400].find((s) => s >= rough) ?? nice : nice;
    const first = Math.ceil(this.from / step), found = [];
    for (let tick = first; tick * step <= this.to; tick += 1) found.push(tick * step);
    return found;
  }

  tickText(time) {
    if (time === 0) return "0 s";
    if (this.to - this.from >= 120) return secondsText(time).replace(" 0 s", "").replace(" 0 min", "");
    const digits = Math.max(0, Math.ceil(-Math.log10((this.to - this.from) / 10)));
    return `${time.toFixed(Math.min(digits, 4))} s`;
  }

  // Drag to zoom, double-click for all; the pointer's moment goes to every chart.
  listen(canvas, hover) {
    const time = (event) => {
      const box = canvas.getBoundingClientRect();
      return Math.min(this.to, Math.max(this.from, this.time(event.clientX - box.left, box.width)));
    };
    let start = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "touch") { start = time(event); canvas.setPointerCapture(event.pointerId); }
    });
    canvas.addEventListener("pointermove", (event) => {
      this.range = start === null ? null : [Math.min(start, time(event)), Math.max(start, time(event))];
      this.point(time(event));
      hover(event);
    });
    canvas.addEventListener("pointerup", () => {
      const range = this.range;
      start = this.range = null;
      if (range && range[1] - range[0] > (this.to - this.from) / 200) this.show(...range);
      else this.point(this.at);
    });
    canvas.addEventListener("pointerleave", () => { hideTip(); if (start === null) this.point(null); });
    canvas.addEventListener("dblclick", () => this.show(0, this.all));
  }

  // The pointer's line, and what is being dragged over.
  drawPointer(pen, width, top, bottom) {
    if (this.range) {
      const [from, to] = this.range.map((time) => this.x(time, width));
      pen.fillStyle = colours.map;
      pen.globalAlpha = 0.16;
      pen.fillRect(from, top, to - from, bottom - top);
      pen.globalAlpha = 1;
    }
    if (this.at === null) return;
    pen.fillStyle = colours.soft;
    pen.fillRect(Math.round(this.x(this.at, width)), top, 1, bottom - top);
  }
}
View.LEFT = 58;
