package dev.zdd.examples.page;

import static org.assertj.core.api.Assertions.assertThat;

/** What can be told of a page's looks without looking. */
final class Looks {
  private Looks() {}

  /** Nothing is wider than the window, whatever is opened. */
  static void fit(Tab tab, int width) throws Exception {
    tab.eval(
        "document.querySelectorAll('details').forEach(d => { d.dataset.was = d.open; d.open = true; })");
    assertThat(tab.eval("document.documentElement.scrollWidth")).isEqualTo((double) width);
    assertThat(
            tab.eval(
                "[...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > "
                    + width
                    + ").map(e => e.outerHTML.slice(0, 80)).join()"))
        .isEqualTo("");
    tab.eval(
        "document.querySelectorAll('details').forEach(d => { d.open = d.dataset.was === 'true'; })");
  }

  /** Each text whose colour is not 4.5 times as bright, or as dark, as what is behind it (WCAG). */
  static String contrast(Tab tab) throws Exception {
    return (String)
        tab.eval(
            """
            (() => {
              const rgb = c => (c.match(/[\\d.]+/g) || []).map(Number);
              const light = c => {
                const [r, g, b] = rgb(c).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
              };
              const isClear = c => rgb(c).length === 4 && rgb(c)[3] === 0;
              const behind = e => {
                for (; e; e = e.parentElement) {
                  const c = getComputedStyle(e).backgroundColor;
                  if (!isClear(c)) return c;
                }
                return 'rgb(255, 255, 255)';
              };
              const bad = new Set();
              const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              let texts = 0;
              while (walk.nextNode()) {
                const e = walk.currentNode.parentElement;
                if (!walk.currentNode.data.trim() || ['SCRIPT', 'STYLE'].includes(e.tagName)) continue;
                texts++;
                const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
                const ratio = (a + 0.05) / (b + 0.05);
                if (ratio < 4.5) bad.add(e.tagName + '.' + e.className + ' ' + ratio.toFixed(2));
              }
              if (texts < 10) bad.add('only ' + texts + ' texts');
              return [...bad].join(', ');
            })()\
            """);
  }
}
