// How evenly partitions share the data: a bar for each, or for the largest of a few where there are more than pixels.

class Bars {
  constructor(canvas, part) {
    Object.assign(this, { canvas, part, chosen: null });
    this.most = Math.max(...part.bytes, 1);
    canvas.addEventListener("pointermove", (event) => this.hover(event));
    canvas.addEventListener("pointerleave", () => this.choose(null));
    canvas.addEventListener("blur", () => this.choose(null));
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const next = this.chosen === null ? 0 : this.chosen + step;
      const bar = Math.min(this.bars.length - 1, Math.max(0, next)), box = canvas.getBoundingClientRect();
      this.choose(bar, box.left + window.scrollX + View.LEFT + (bar + 0.5) * this.step, box.top + window.scrollY + 40);
    });
  }

  draw() {
    const { canvas, part } = this, pen = fresh(canvas);
    const width = canvas.clientWidth - View.LEFT, height = canvas.clientHeight - 18;
    const each = Math.ceil(part.bytes.length / Math.max(1, width / 2));
    this.bars = [];
    for (let first = 0; first < part.bytes.length; first += each) {
      const group = part.bytes.slice(first, first + each);
      this.bars.push(first + group.indexOf(Math.max(...group)));
    }
    this.step = Math.min(64, width / this.bars.length);
    const y = (value) => height - (value / this.most) * (height - 12);
    const gap = this.step > 4 ? Math.min(4, this.step * 0.2) : 0;
    this.bars.forEach((place, bar) => {
      const large = part.median > 0 && part.bytes[place] >= 2 * part.median;
      pen.fillStyle = large ? colours.failed : colours.map;
      pen.globalAlpha = this.chosen === null || this.chosen === bar ? 1 : 0.55;
      const top = y(part.bytes[place]);
      pen.fillRect(View.LEFT + bar * this.step, top, this.step - gap, height - top);
      if (this.step > 22) text(pen, `${part.numbers[place]}`, View.LEFT + (bar + 0.5) * this.step - gap / 2, height + 10, colours.soft, "center");
    });
    pen.globalAlpha = 1;
    this.drawScale(pen, width, height, y);
  }

  drawScale(pen, width, height, y) {
    const { part } = this, middle = Math.round(y(part.median)) + 0.5, right = View.LEFT + this.bars.length * this.step;
    pen.fillStyle = colours.line;
    pen.fillRect(View.LEFT, height, width, 1);
    pen.strokeStyle = colours.ink;
    pen.setLineDash([4, 3]);
    pen.beginPath();
    pen.moveTo(View.LEFT, middle);
    pen.lineTo(right, middle);
    pen.stroke();
    pen.setLineDash([]);
    text(pen, bytesText(this.most), View.LEFT - 6, 12, colours.soft, "right");
    if (middle > 26) text(pen, "median", View.LEFT - 6, middle, colours.ink, "right");
    if (this.step <= 22) {
      text(pen, `${part.numbers[0]}`, View.LEFT, height + 10, colours.soft);
      text(pen, `${part.numbers.at(-1)}`, right, height + 10, colours.soft, "right");
    }
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const bar = Math.floor((event.clientX - box.left - View.LEFT) / this.step);
    this.choose(this.bars[bar] === undefined ? null : bar, event.pageX, event.pageY);
  }

  choose(bar, x = 0, y = 0) {
    if (this.chosen !== bar) { this.chosen = bar; this.draw(); }
    if (bar === null) return hideTip();
    const { part } = this, place = this.bars[bar];
    const times = part.median > 0 ? `${(part.bytes[place] / part.median).toFixed(2)}` : "";
    return showTip(x, y, `partition ${part.numbers[place]}`, [
      ["bytes", bytesText(part.bytes[place])], ["records", numberText(part.records[place])], ["× median", times],
    ]);
  }
}
