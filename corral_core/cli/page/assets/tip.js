// The one tooltip. What it says is set as text, never as HTML.

const tip = document.getElementById("tip");

function element(tag, words, name) {
  const made = document.createElement(tag);
  made.textContent = words;
  if (name) made.className = name;
  return made;
}

// At a point of the page: a title, pairs of name and value, and why it failed.
function showTip(x, y, title, pairs, why = "") {
  const list = document.createElement("dl");
  for (const [name, value] of pairs) {
    if (value !== "") list.append(element("dt", name), element("dd", value));
  }
  tip.replaceChildren(element("strong", title), ...(why ? [element("div", why, "why")] : []), list);
  tip.hidden = false;
  const room = document.documentElement.clientWidth - tip.offsetWidth - 10;
  const below = y - window.scrollY + tip.offsetHeight + 24 < window.innerHeight;
  tip.style.left = `${Math.max(10, Math.min(x + 14, room))}px`;
  tip.style.top = `${below ? y + 16 : Math.max(window.scrollY + 4, y - tip.offsetHeight - 14)}px`;
}

function hideTip() {
  tip.hidden = true;
}
