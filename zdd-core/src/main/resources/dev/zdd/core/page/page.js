
(() => {
  'use strict';
  if (!location.protocol.startsWith('http')) return;
  const find = (selector, within = document) => within.querySelector(selector);
  const button = find('.live button');
  let paused = false;
  let busy = false;
  let seen = Date.now();

  // A line that somebody opened or closed stays so, until what it says changes.
  const keep = (was, now) => {
    const old = new Map([...was.querySelectorAll('details')].map(each => [each.dataset.key, each]));
    for (const line of now.querySelectorAll('details')) {
      const before = old.get(line.dataset.key);
      if (before && before.className === line.className) line.open = before.open;
    }
  };
  // What a keyboard can reach: the links of the overview, and the lines that open.
  const stops = () => [...document.querySelectorAll('main a, main summary')];
  const name = stop => stop.getAttribute('href') || stop.parentElement.dataset.key;
  const show = next => {
    const main = find('main');
    const now = find('main', next);
    if (!now) throw new Error('not a status page');
    if (next.title !== document.title) {
      document.title = next.title;
      find('.spoken').textContent = next.title;
    }
    const focused = stops().find(stop => stop === document.activeElement);
    keep(main, now);
    main.replaceWith(now);
    for (const part of ['h1', '.asof']) find(part).replaceWith(find(part, next));
    find('link[rel=icon]').href = find('link[rel=icon]', next).href;
    const again = focused && stops().find(stop => name(stop) === name(focused));
    if (again) again.focus({ preventScroll: true });
  };
  const isReading = () => {
    const selection = getSelection();
    return selection && !selection.isCollapsed && find('main').contains(selection.anchorNode);
  };
  const refresh = async () => {
    if (paused || busy || document.hidden || isReading()) return;
    busy = true;
    const lost = find('.lost');
    try {
      const answer = await fetch(location.href, { cache: 'no-store', signal: AbortSignal.timeout(5000) });
      if (!answer.ok) throw new Error(String(answer.status));
      show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
      seen = Date.now();
      lost.hidden = true;
    } catch (e) {
      // Said once: it is read aloud whenever it changes.
      if (lost.hidden) {
        lost.textContent = 'No answer since ' + new Date(seen).toISOString().slice(0, 19) + 'Z: what stands here is old.';
        lost.hidden = false;
      }
    } finally {
      busy = false;
    }
  };
  button.addEventListener('click', () => {
    paused = !paused;
    button.textContent = paused ? 'go on' : 'pause';
    refresh();
  });
  find('.live').hidden = false;
  document.addEventListener('visibilitychange', refresh);
  setInterval(refresh, 2000);
})();
