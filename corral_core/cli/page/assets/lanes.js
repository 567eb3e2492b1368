// The timeline: a row for each slot, a bar for each attempt; pale where it waited, solid where its worker was at work.

const HEAD = 22, FOOT = 20, MOST = 460, THICK = 20;

class Lanes {
  constructor(canvas, data, view) {
    Object.assign(this, { canvas, data, view, slots: bySlot(data), chosen: null });
    // What is rare is drawn last, so that nothing hides it.
    const outcome = data.attempts.outcome, rows = outcome.map((_, row) => row);
    this.layers = [[FAILED + 1, 3], [WON], [FAILED]].map((kinds) => rows.filter((row) => kinds.includes(outcome[row])));
    this.marked = rows.filter((row) => data.attempts.backup[row]);
    view.charts.push(this);
    canvas.addEventListener("pointerleave", () => { this.chosen = null; });
    view.listen(canvas, (event) => this.hover(event));
  }

  draw() {
    const { canvas, data } = this;
    const height = Math.min(MOST, Math.max(40, THICK * data.slots));
    this.step = height / Math.max(1, data.slots);
    this.bottom = HEAD + height;
    const pen = fresh(canvas, Math.round(HEAD + height + FOOT));
    this.width = canvas.clientWidth;
    this.drawGround(pen, height);
    pen.save();
    pen.beginPath();
    pen.rect(View.LEFT, 0, this.width - View.LEFT, this.bottom);
    pen.clip();
    this.drawPhases(pen);
    this.hatch = hatch(pen, colours.failed);
    for (const rows of this.layers) for (const row of rows) this.drawAttempt(pen, row);
    for (const row of this.marked) this.drawBackup(pen, row);
    this.drawBreaks(pen);
    pen.restore();
    this.picture = picture(canvas);
    this.point();
  }

  drawGround(pen, height) {
    const { view, data, width } = this;
    pen.fillStyle = colours.panel;
    pen.fillRect(View.LEFT, HEAD, width - View.LEFT, height);
    for (const tick of view.ticks(Math.max(2, width / 130))) {
      const x = Math.round(view.x(tick, width));
      pen.fillStyle = colours.line;
      pen.fillRect(x, HEAD, 1, height + 4);
      text(pen, view.tickText(tick), Math.min(x, width - 22), this.bottom + 12, colours.soft, x < View.LEFT + 12 ? "left" : "center");
    }
    const each = Math.max(1, Math.ceil(data.slots / (height / 34)));
    for (let slot = 0; slot < data.slots; slot += each) {
      text(pen, `${slot}`, View.LEFT - 7, HEAD + (slot + 0.5) * this.step, colours.soft, "right");
    }
    text(pen, "slot", View.LEFT - 7, HEAD / 2, colours.soft, "right");
  }

  drawPhases(pen) {
    const { view, data, width } = this;
    for (const phase of data.phases) {
      const from = view.x(phase.at, width), to = view.x(phase.to, width);
      const colour = colours[PHASES[phase.phase]];
      pen.fillStyle = colour;
      pen.fillRect(from, HEAD - 4, Math.max(1, to - from - 1), 2);
      const words = `${PHASES[phase.phase]} ${phase.name}`;
      pen.save();
      pen.beginPath();
      pen.rect(from, 0, to - from, HEAD);
      pen.clip();
      if (to - from > 24) text(pen, words, Math.max(from, View.LEFT) + 1, HEAD / 2 - 3, colour);
      pen.restore();
    }
  }

  // Between two sessions nothing is shown of what may have been days.
  drawBreaks(pen) {
    const { view, data, width } = this;
    data.sessions.slice(1).forEach((session, number) => {
      const before = data.sessions[number];
      const from = view.x(before.at + before.seconds, width), to = view.x(session.at, width);
      pen.fillStyle = colours.paper;
      pen.fillRect(from, 0, to - from, this.bottom);
      if (to - from < 12 || this.bottom < 90) return;
      pen.save();
      pen.translate((from + to) / 2, HEAD + 6);
      pen.rotate(Math.PI / 2);
      text(pen, "resumed", 0, 0, colours.soft);
      pen.restore();
    });
  }

  box(row) {
    const { attempts: a } = this.data, thick = this.step > 5 ? this.step - 1 : this.step;
    const from = this.view.x(a.at[row], this.width), to = this.view.x(a.to[row], this.width);
    const least = a.outcome[row] === FAILED ? 3 : 0.8;
    return [from, HEAD + a.slot[row] * this.step, Math.max(least, to - from - (to - from > 3 ? 0.6 : 0)), Math.max(thick, a.outcome[row] === WON ? 0 : 2)];
  }

  drawAttempt(pen, row) {
    const { attempts: a } = this.data, [x, y, width, height] = this.box(row);
    if (x + width < View.LEFT || x > this.width) return;
    const colour = colours[PHASES[a.phase[row]]], outcome = a.outcome[row];
    if (outcome === WON) {
      const span = a.to[row] - a.at[row], waited = span > 0 ? Math.max(0, 1 - a.work[row] / span) : 0;
      pen.fillStyle = colour;
      if (width < 4 || waited * width < 1) return pen.fillRect(x, y, width, height);
      pen.globalAlpha = 0.3;
      pen.fillRect(x, y, waited * width, height);
      pen.globalAlpha = 1;
      return pen.fillRect(x + waited * width, y, width - waited * width, height);
    }
    if (outcome === FAILED) {
      pen.fillStyle = colours.paper;
      pen.fillRect(x, y, width, height);
      pen.fillStyle = width < 6 || height < 5 ? colours.failed : this.hatch;
      pen.fillRect(x, y, width, height);
      pen.strokeStyle = colours.failed;
      return width < 6 || height < 5 ? undefined : pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    }
    pen.strokeStyle = pen.fillStyle = colours.late;
    if (width < 5 || height < 5) {
      pen.globalAlpha = 0.5;
      pen.fillRect(x, y, width, height);
      pen.globalAlpha = 1;
      return undefined;
    }
    pen.setLineDash([3, 2]);
    pen.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
    pen.setLineDash([]);
    return undefined;
  }

  drawBackup(pen, row) {
    const [x, y, width, height] = this.box(row);
    pen.strokeStyle = pen.fillStyle = colours.backup;
    if (width < 6 || height < 5) return pen.fillRect(x, y, Math.max(2, width), Math.max(2, height));
    pen.lineWidth = 2;
    pen.strokeRect(x + 1, y + 1, width - 2, height - 2);
    pen.lineWidth = 1;
    return undefined;
  }

  // The picture again, with the pointer's line and the chosen attempt.
  point() {
    const pen = this.canvas.getContext("2d");
    if (!this.picture) return;
    restore(pen, this.picture);
    this.view.drawPointer(pen, this.width, HEAD, this.bottom);
    if (this.chosen === null) return;
    const [x, y, width, height] = this.box(this.chosen);
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 2;
    pen.strokeRect(x - 1, y - 1, width + 2, Math.max(3, height) + 2);
    pen.lineWidth = 1;
  }

  hover(event) {
    const box = this.canvas.getBoundingClientRect();
    const row = this.find(event.clientX - box.left, event.clientY - box.top);
    this.chosen = row;
    this.point();
    if (row === null) hideTip();
    else this.tell(row, event.pageX, event.pageY);
  }

  // The attempt at a point, or the nearest within a few pixels.
  find(x, y) {
    if (y < HEAD || y > this.bottom || x < View.LEFT) return null;
    const middle = Math.floor((y - HEAD) / this.step), reach = Math.ceil(2 / this.step);
    let best = null, least = 4;
    for (let slot = Math.max(0, middle - reach); slot <= Math.min(this.data.slots - 1, middle + reach); slot += 1) {
      for (const row of this.near(slot, this.view.time(x, this.width))) {
        const [left, top, width, height] = this.box(row);
        const away = Math.max(left - x, x - left - width, 0) + Math.max(top - y, y - top - height, 0);
        if (away < least) [best, least] = [row, away];
      }
    }
    return best;
  }

  // The attempts of a slot around a moment.
  near(slot, time) {
    const rows = this.slots[slot], { at } = this.data.attempts;
    let low = 0, high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at[rows[middle]] <= time) low = middle + 1;
      else high = middle;
    }
    return rows.slice(Math.max(0, low - 3), low + 3);
  }

  tell(row, x, y) {
    const { attempts: a, whys } = this.data, took = a.to[row] - a.at[row];
    const won = a.outcome[row] === WON;
    showTip(x, y, `stage ${a.stage[row]} ${PHASES[a.phase[row]]} ${a.task[row]}`, [
      ["attempt", `${a.label[row]}${a.backup[row] ? ", a backup" : ""}`],
      ["outcome", won ? "" : OUTCOMES[a.outcome[row]]],
      ["took", `${secondsText(took)}${won ? `, ${secondsText(a.work[row])} at work` : ""}`],
      ["from", `${secondsText(a.at[row])} to ${secondsText(a.to[row])}, slot ${a.slot[row]}`],
      ["in", won ? `${numberText(a.records_in[row])} records, ${bytesText(a.bytes_in[row])}` : ""],
      ["out", won ? `${numberText(a.records_out[row])} records, ${bytesText(a.bytes_out[row])}` : ""],
      ["memory", won ? bytesText(a.peak_memory[row]) : ""],
      ["spills", a.spills[row] ? numberText(a.spills[row]) : ""],
      ["reads", readsText(this.data, row)],
    ], whys[row] ?? "");
  }
}
