// The keyboard's way through the timeline: what the pointer can see, the arrows can reach.

class Walk {
  constructor(lanes) {
    this.lanes = lanes;
    lanes.canvas.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !this.obey(event.key)) return;
      event.preventDefault();
    });
    lanes.canvas.addEventListener("blur", () => { lanes.chosen = null; hideTip(); lanes.point(); });
  }

  obey(key) {
    const { view } = this.lanes;
    switch (key) {
      case "ArrowRight": return this.along(1);
      case "ArrowLeft": return this.along(-1);
      case "ArrowDown": return this.across(1);
      case "ArrowUp": return this.across(-1);
      case "f": case "F": return this.lost();
      case "+": case "=": view.zoom(0.5, this.moment()); return true;
      case "-": view.zoom(2, this.moment()); return true;
      case "Escape": this.lanes.chosen = null; hideTip(); view.show(0, view.all); return true;
      default: return false;
    }
  }

  moment() {
    const { chosen, data, view } = this.lanes;
    return chosen === null ? (view.from + view.to) / 2 : data.attempts.at[chosen];
  }

  along(step) {
    const { chosen, slots, data } = this.lanes;
    if (chosen === null) return this.choose(slots[0][0]);
    const rows = slots[data.attempts.slot[chosen]];
    return this.choose(rows[rows.indexOf(chosen) + step] ?? chosen);
  }

  across(step) {
    const { chosen, slots, data } = this.lanes;
    if (chosen === null) return this.choose(slots[0][0]);
    const slot = data.attempts.slot[chosen] + step;
    if (!slots[slot]) return true;
    const rows = this.lanes.near(slot, data.attempts.at[chosen]);
    const away = (row) => Math.abs(data.attempts.at[row] - data.attempts.at[chosen]);
    return this.choose(rows.reduce((best, row) => (away(row) < away(best) ? row : best)));
  }

  // The next attempt that did not count, round the end.
  lost() {
    const { chosen, data } = this.lanes, { at, outcome } = data.attempts;
    const rows = outcome.map((_, row) => row).filter((row) => outcome[row] !== WON).sort((a, b) => at[a] - at[b]);
    if (!rows.length) return true;
    const next = chosen !== null && outcome[chosen] !== WON ? rows.indexOf(chosen) + 1 : 0;
    return this.choose(rows[next % rows.length]);
  }

  choose(row) {
    const { lanes } = this, { view, data } = lanes, a = data.attempts;
    const wide = (view.to - view.from) / 2;
    if (a.at[row] > view.to || a.to[row] < view.from) view.show(a.at[row] - wide, a.at[row] + wide);
    lanes.chosen = row;
    lanes.point();
    const [x, y, width] = lanes.box(row), box = lanes.canvas.getBoundingClientRect();
    lanes.tell(row, box.left + window.scrollX + x + Math.min(width / 2, 120), box.top + window.scrollY + y + 8);
    return true;
  }
}
