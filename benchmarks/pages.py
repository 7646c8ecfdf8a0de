"""How long a page takes to come: the first view of a server just started, and switches to every page afterwards.

    python -m benchmarks.pages [--repeats 2]

The first view is that of a browser that has nothing of the app yet; a switch is a click in the navigation of an open
window, on a server that has shown every page once. *Words* is when the page's heading stands there, *whole* when
nothing runs any more. Processor time is that of the server. The goals: words of the first view in 3 s, words of a
switch in 1 s.
"""

import argparse
import time

import numpy as np

from benchmarks import browser
from benchmarks.browser import HEADING, PAGES, Server

ARRIVED = f"(before) => {{ const h = {HEADING}; return h && h.innerText && h.innerText !== before; }}"


def view(server: Server, page, act) -> tuple[float, float, float]:
    """Seconds from `act()` to the heading of the new page and to its rest, and processor time of the server."""
    before, cpu, begun = browser.heading(page), server.cpu, time.perf_counter()
    act()
    page.wait_for_function(ARRIVED, arg=before, timeout=browser.LONGEST)
    words = time.perf_counter() - begun
    browser.at_rest(page)
    return words, time.perf_counter() - begun, server.cpu - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=2, help="rounds over all pages once the server is warm")
    chosen = parser.parse_args()
    with browser.chromium() as chromium, browser.server() as server:
        page = chromium.new_page(viewport={"width": 1280, "height": 900})
        cold = view(server, page, lambda: page.goto(server.url))
        print(f"{'':20} {'words s':>8} {'whole s':>8} {'CPU s':>8}")
        print(f"{'first view, cold':20} {cold[0]:8.2f} {cold[1]:8.2f} {cold[2]:8.2f}")
        again = chromium.new_context(viewport={"width": 1280, "height": 900}).new_page()
        second = view(server, again, lambda: again.goto(server.url))
        print(f"{'new window, warm':20} {second[0]:8.2f} {second[1]:8.2f} {second[2]:8.2f}")
        again.context.close()
        rounds: dict[str, list[tuple[float, float, float]]] = {address: [] for address in PAGES}
        for _ in range(chosen.repeats + 1):
            for address in [*list(PAGES)[1:], ""]:
                rounds[address].append(view(server, page, lambda a=address: browser.go_to(page, a)))
        for title, some in (("first switch to", slice(0, 1)), ("switch to", slice(1, None))):
            print(f"{title}, median of {len(range(chosen.repeats + 1)[some])}:")
            table = {address: np.median(of[some], axis=0) for address, of in rounds.items()}
            for address, (words, whole, cpu) in table.items():
                print(f"  {address or 'home':18} {words:8.2f} {whole:8.2f} {cpu:8.2f}")
            worst = max(table, key=lambda address: table[address][0])
            print(f"  slowest words: {worst or 'home'}, {table[worst][0]:.2f} s")
        for line in server.complaints():
            print("log:", line)


if __name__ == "__main__":
    main()
