// Lists of which only the rows in view are elements, so that ten thousand rows cost no more than fifty.

const ROW = 24;
const BEYOND = 10;

/**
 * A list in a scrolling window.
 *
 * `draw(row, item)` fills an empty row; `choose(item)` is called for a click or Enter; `key(event, item)` may
 * take other keys and returns true if it did. Arrow keys, Page Up and Down, Home and End move the row that
 * is selected.
 */
class WindowedList {
  constructor(label, { kind = "", draw, choose, key = () => false, role = "listbox" }) {
    this.room = make("div.room", { role: "presentation" });
    this.element = make("div.list", { tabIndex: 0, role, "aria-label": label }, this.room);
    Object.assign(this, {
      kind,
      draw,
      choose,
      key,
      items: [],
      selected: -1,
      id: `list-${(WindowedList.count += 1)}`,
    });
    this.element.addEventListener("scroll", () => this.render());
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.room.addEventListener("click", (event) => this.onClick(event));
    new ResizeObserver(() => this.render()).observe(this.element);
  }

  /** Show other items; `isSelected` tells which one is selected. */
  show(items, isSelected = () => false) {
    this.items = items;
    this.selected = items.findIndex(isSelected);
    this.room.style.height = `${items.length * ROW}px`;
    this.element.setAttribute("aria-rowcount", items.length);
    this.render(true);
  }

  /** Select an item and bring it into view. */
  select(number, { scroll = true } = {}) {
    this.selected = number;
    if (scroll && number >= 0) this.reveal(number);
    this.render(true);
  }

  reveal(number) {
    const { scrollTop, clientHeight } = this.element;
    const top = number * ROW;
    if (top < scrollTop || top + ROW > scrollTop + clientHeight) {
      this.element.scrollTop = Math.max(top - clientHeight / 3, 0);
    }
  }

  render(anew = false) {
    const first = Math.max(Math.floor(this.element.scrollTop / ROW) - BEYOND, 0);
    const last = Math.min(
      Math.ceil((this.element.scrollTop + this.element.clientHeight) / ROW) + BEYOND,
      this.items.length,
    );
    if (!anew && first === this.first && last === this.last) return;
    Object.assign(this, { first, last });
    const rows = [];
    for (let number = first; number < last; number += 1) rows.push(this.makeRow(number));
    this.room.replaceChildren(...rows);
    const isInView = this.selected >= first && this.selected < last;
    if (isInView) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.selected}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  makeRow(number) {
    const row = make(`div.row${this.kind}${number % 2 ? ".odd" : ""}`, {
      id: `${this.id}-${number}`,
      role: "option",
      "aria-selected": number === this.selected,
      "aria-posinset": number + 1,
      "aria-setsize": this.items.length,
      "data-number": number,
    });
    row.style.top = `${number * ROW}px`;
    this.draw(row, this.items[number]);
    return row;
  }

  onClick(event) {
    const row = event.target.closest("[data-number]");
    if (!row || event.defaultPrevented) return;
    this.selected = Number(row.dataset.number);
    this.choose(this.items[this.selected]);
    this.render(true);
  }

  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(Math.floor(this.element.clientHeight / ROW) - 1, 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.items.length,
      End: this.items.length,
    };
    if (event.key in steps && this.items.length) {
      const to = Math.min(Math.max(this.selected + steps[event.key], 0), this.items.length - 1);
      this.select(to);
    } else if ((event.key === "Enter" || event.key === " ") && this.selected >= 0) {
      this.choose(this.items[this.selected]);
    } else if (!this.key(event, this.items[this.selected])) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

WindowedList.count = 0;
