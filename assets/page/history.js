// One entry of the browser's history for a visit of a page: what changes the address of the page that is on screen takes
// the entry's place. Streamlit adds an entry for each change, so that Back would lead through every edit.
function oneEntryAVisit() {
  if (history.cislens) return;
  history.cislens = true;
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => {
    const to = new URL(url ?? "", location.href);
    const samePage = to.origin === location.origin && to.pathname === location.pathname && to.hash === location.hash;
    if (samePage) history.replaceState(state, title, url);
    else push(state, title, url);
  };
}
