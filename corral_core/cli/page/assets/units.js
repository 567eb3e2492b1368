// Numbers as people read them: the same as corral_core/cli/units.py.

function bytesText(size) {
  if (size < 1000) return `${Math.round(size)} B`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let unit = -1;
  do { size /= 1000; unit += 1; } while (size >= 999.5 && unit < units.length - 1);
  return `${Number(size.toPrecision(3))} ${units[unit]}`;
}

function numberText(number) {
  return Math.round(number).toLocaleString("en-US");
}

function shortText(number) {
  if (number < 1000) return `${Number(number.toPrecision(3))}`;
  if (number < 999500) return `${Number((number / 1e3).toPrecision(3))}k`;
  return number < 999.5e6 ? `${Number((number / 1e6).toPrecision(3))}M` : `${Number((number / 1e9).toPrecision(3))}G`;
}

function secondsText(seconds) {
  if (seconds < 0.0995) return `${Number((seconds * 1000).toPrecision(2))} ms`;
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
