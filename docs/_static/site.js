"use strict";

// `words`, in the language of the page, stands before this file
const folding = () => document.querySelectorAll("details.fold");

// what a link leads to is shown, however deep it is folded away
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let part = target.querySelector("details") ?? target; part; part = part.parentElement) {
    if (part.tagName === "DETAILS") part.open = true;
  }
  target.scrollIntoView();
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // a page that was opened as a file may not use the clipboard directly
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
};

addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) return;
  await copy(button.dataset.copy);
  const label = button.textContent;
  if (label === words.copied) return;
  button.textContent = words.copied;
  setTimeout(() => { button.textContent = label; }, 1200);
});

document.addEventListener("DOMContentLoaded", () => {
  if (folding().length) {
    const bar = document.createElement("p");
    bar.className = "fold-all";
    for (const open of [true, false]) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = open ? words.unfold : words.fold;
      button.addEventListener("click", () => { for (const part of folding()) part.open = open; });
      bar.append(button);
    }
    document.querySelector("article h1")?.after(bar);
  }

  const box = document.getElementById("find-operation");
  if (box) {
    const find = () => {
      const asked = box.value.toLowerCase().split(/[\s_]+/).filter(Boolean);
      for (const entry of document.querySelectorAll(".operation")) {
        const text = `${entry.id} ${entry.querySelector("p").textContent}`.toLowerCase();
        entry.hidden = !asked.every((word) => text.includes(word));
      }
      for (const gallery of document.querySelectorAll(".gallery")) {
        gallery.parentElement.classList.toggle("nothing", !gallery.querySelector(".operation:not([hidden])"));
      }
    };
    box.hidden = false;
    box.addEventListener("input", find);
    find();
  }

  // of equal results those in the language of the question stand first
  if (typeof Scorer !== "undefined") {
    const russian = /[а-яё]/i.test(new URLSearchParams(location.search).get("q") ?? "");
    Scorer.score = ([page, , , , score]) => score + (/(^|\/)ru\//.test(page) === russian ? 0.5 : 0);
  }

  addEventListener("hashchange", reveal);
  reveal();
});

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...folding()].filter((part) => !part.open);
  for (const part of closed) part.open = true;
});
addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
