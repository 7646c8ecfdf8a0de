// A tour of five steps: a card that points at one part of the app after the other. It lies over the page and blocks nothing.
// On the first visit it is offered; whether it was is remembered by the browser.
const REMEMBERED = "cislens-tour";
const STEPS = [
  {
    title: "Open a sequence",
    text: "Home shows what you can do. Start with a real promoter, or bring your own sequence.",
    page: "", find: () => buttonCalled("Open the LDLR promoter"), forward: "Open the promoter",
  },
  {
    title: "Change a base",
    text: "Click a base and type A, C, G or T over it. Ctrl+Z takes it back. The keyboard alone is enough.",
    page: "explorer", find: () => part('[data-part="grid"]'),
  },
  {
    title: "Read the prediction",
    text: "It follows each key press: the reference, the edited sequence, and the difference.",
    page: "explorer", find: () => part('[data-part="prediction"]'),
  },
  {
    title: "See which bases matter",
    text: "Tall letters carry the prediction. Below stand the effects of every possible change, measured ones too where there are any, and the motifs.",
    page: "explorer", find: () => part('[data-part="rows"]'),
  },
  {
    title: "Ask more",
    text: "The menus lead to variants, saturation mutagenesis, losses and motifs. “What is this?” explains each page and shows an example.",
    find: () => menus() ?? buttonCalled("What is this?"),
  },
];

// `document.querySelector` that also looks inside components, and takes only what is on screen
function part(selector, root = document) {
  for (const found of root.querySelectorAll(selector)) if (found.getClientRects().length) return found;
  for (const host of root.querySelectorAll("*")) {
    const found = host.shadowRoot && part(selector, host.shadowRoot);
    if (found) return found;
  }
  return null;
}

function buttonCalled(words) {
  return [...document.querySelectorAll("button")].find((b) => b.textContent.includes(words) && b.getClientRects().length);
}

// what holds all menus; nothing on a narrow screen, where they are folded away
function menus() {
  const all = document.querySelectorAll('[data-testid="stTopNavSection"]');
  let around = all[0];
  while (around && !around.contains(all[all.length - 1])) around = around.parentElement;
  return around;
}

function here() {
  return location.pathname.split("/").filter(Boolean).at(-1) ?? "";
}

function linkTo(page) {
  return [...document.querySelectorAll('a[data-testid="stTopNavLink"], a[data-testid="stSidebarNavLink"]')].find(
    (a) => (new URL(a.href).pathname.split("/").filter(Boolean).at(-1) ?? "") === page,
  );
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return true;  // a browser that keeps nothing would offer it for ever
  }
}

function remember() {
  try {
    localStorage.setItem(REMEMBERED, "seen");
  } catch {
    // offered again next time
  }
}

class Tour {
  constructor(css) {
    this.host = document.createElement("div");
    this.host.id = "cislens-tour";
    const shadow = this.host.attachShadow({ mode: "open" });
    shadow.innerHTML = `<style>${css}</style><div class="light" hidden></div>
      <section class="card" role="dialog" aria-modal="false" aria-labelledby="title" aria-describedby="text" tabindex="-1">
      <p class="count"></p><h2 id="title"></h2><p id="text"></p><div class="buttons"></div></section>`;
    [this.light, this.card, this.count, this.buttons] = ["light", "card", "count", "buttons"].map((n) => shadow.querySelector(`.${n}`));
    this.title = shadow.getElementById("title");
    this.text = shadow.getElementById("text");
    this.card.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.end();
      event.stopPropagation();  // the page's own keys stay the page's
    });
    document.body.append(this.host);
    this.before = document.activeElement;
    this.at = 0;  // when it last led to another page
    this.clock = setInterval(() => this.point(), 250);  // the page moves while it is drawn
  }

  offer() {
    this.count.textContent = "";
    this.say("New here?", "Five steps show how to work with CisLens. It takes a minute.");
    this.choices(["Not now", () => this.end()], ["Start the tour", () => this.go(0)]);
  }

  go(number) {
    this.step = STEPS[number];
    this.number = number;
    const last = number === STEPS.length - 1;
    this.count.textContent = `Step ${number + 1} of ${STEPS.length}`;
    this.say(this.step.title, this.step.text);
    const back = number ? [["Back", () => this.go(number - 1)]] : [];
    this.choices(["End the tour", () => this.end()], ...back, [this.step.forward ?? (last ? "Done" : "Next"), () => this.forward()]);
    this.asked = 0;
    this.shown = null;
    this.point();
    this.card.focus({ preventScroll: true });
  }

  forward() {
    if (this.number === STEPS.length - 1) return this.end();
    if (this.step.forward) {
      this.step.find()?.click();  // which leads to the page of the next step
      this.at = Date.now() + 3000;
    }
    this.go(this.number + 1);
  }

  say(title, text) {
    this.title.textContent = title;
    this.text.textContent = text;
  }

  choices(...all) {
    this.buttons.replaceChildren(
      ...all.map(([words, act], i) => {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = words;
        if (i === all.length - 1) button.className = "primary";
        button.addEventListener("click", act);
        return button;
      }),
    );
  }

  // to the page of the step; asked again while the page is busy with something else
  lead() {
    if (this.step?.page === undefined || here() === this.step.page || this.asked > 3 || Date.now() - this.at < 1500) return;
    this.at = Date.now();
    this.asked += 1;
    linkTo(this.step.page)?.click();
  }

  point() {
    dress(this.host);
    this.lead();
    const target = this.step?.find();
    this.light.hidden = !target;
    this.card.classList.toggle("placed", Boolean(target));
    if (!target) {
      this.card.style.cssText = "";
      return;
    }
    if (this.shown !== target) {
      this.shown = target;
      const box = target.getBoundingClientRect();
      if (box.top < 60 || box.top > innerHeight - 120) target.scrollIntoView({ block: "center" });
    }
    const box = target.getBoundingClientRect();
    const bottom = Math.min(box.bottom, innerHeight);
    Object.assign(this.light.style, {
      left: `${box.left - 6}px`, top: `${box.top - 6}px`, width: `${box.width + 12}px`, height: `${bottom - box.top + 12}px`,
    });
    const card = this.card.getBoundingClientRect();
    const below = bottom + 16 + card.height < innerHeight;
    const top = below ? bottom + 16 : box.top - card.height - 16 > 0 ? box.top - card.height - 16 : innerHeight - card.height - 16;
    const left = Math.max(12, Math.min(box.left, innerWidth - card.width - 12));
    this.card.style.cssText = `top: ${top}px; left: ${left}px; bottom: auto;`;
  }

  end() {
    remember();
    clearInterval(this.clock);
    this.host.remove();
    window.cislensTour.now = null;
    if (this.before?.isConnected) this.before.focus({ preventScroll: true });
  }
}

// the colours of the theme that the page has now
function dress(host) {
  const page = document.querySelector('[data-testid="stApp"]');
  if (!page) return;
  const { backgroundColor, color, fontFamily } = getComputedStyle(page);
  host.style.setProperty("--ground", backgroundColor);
  host.style.setProperty("--ink", color);
  host.style.fontFamily = fontFamily;
}

export default function ({ data }) {
  const tour = (window.cislensTour ??= { now: null, asked: data.asked });
  const open = () => {
    tour.now?.end();
    return (tour.now = new Tour(data.css));
  };
  if (data.asked > tour.asked) {
    tour.asked = data.asked;
    open().go(0);
  } else if (!tour.now && !tour.offered && !remembered()) {
    tour.offered = true;
    const made = open();
    made.offer();
    dress(made.host);
  }
}
