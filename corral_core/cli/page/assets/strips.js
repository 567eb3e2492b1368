// A figure over time, under the timeline and on its axis: a line in each of its colours.

class Strip {
  constructor(name, lines, say, names, view) {
    Object.assign(this, { lines, say, names, view });
    this.canvas = document.getElementById(`strip-${name}`);
    this.output = document.getElementById(`now-${name}`);
    this.most = Math.max(...lines.flat());
    view.charts.push(this);
    view.listen(this.canvas, () => {});
  }

  draw() {
    const pen = fresh(this.canvas), { view } = this;
    const width = this.canvas.clientWidth, height = this.canvas.clientHeight - 1;
    this.width = width;
    const y = (value) => height - (value / (this.most || 1)) * (height - 6);
    pen.fillStyle = colours.grid;
    for (const tick of view.ticks(Math.max(2, width / 130))) pen.fillRect(Math.round(view.x(tick, width)), 0, 1, height);
    pen.fillRect(View.LEFT, y(this.most / 2), width - View.LEFT, 1);
    pen.fillStyle = colours.line;
    pen.fillRect(View.LEFT, height, width - View.LEFT, 1);
    if (this.most) {
      text(pen, this.say(this.most), View.LEFT - 6, 8, colours.soft, "right");
      text(pen, "0", View.LEFT - 6, height - 4, colours.soft, "right");
    }
    pen.save();
    pen.beginPath();
    pen.rect(View.LEFT, 0, width - View.LEFT, height + 1);
    pen.clip();
    this.lines.forEach((values, number) => this.drawLine(pen, values, colours[this.names[number]], y));
    pen.restore();
    this.picture = picture(this.canvas);
    this.point();
  }

  drawLine(pen, values, colour, y) {
    const { view, width } = this, line = new Path2D(), step = view.all / values.length;
    if (!Math.max(...values)) return;
    values.forEach((value, bin) => {
      line.lineTo(view.x(bin * step, width), y(value));
      line.lineTo(view.x((bin + 1) * step, width), y(value));
    });
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 1.25;
    pen.stroke(line);
    line.lineTo(view.x(view.all, width), y(0));
    line.lineTo(view.x(0, width), y(0));
    pen.globalAlpha = 0.18;
    pen.fill(line);
    pen.globalAlpha = 1;
  }

  point() {
    if (!this.picture) return;
    const pen = this.canvas.getContext("2d"), { at, all } = this.view;
    restore(pen, this.picture);
    this.view.drawPointer(pen, this.width, 0, this.canvas.clientHeight);
    const bins = this.lines[0].length, bin = at === null ? null : Math.min(bins - 1, Math.floor((at / all) * bins));
    const value = bin === null ? 0 : this.lines.reduce((sum, values) => sum + values[bin], 0);
    this.output.textContent = bin === null ? "" : `${this.say(value)} at ${secondsText(at)}`;
  }
}
