// Gives the search box the whole list of names, once it is first used. Draws nothing itself.
export default function ({ data, setStateValue }) {
  if (data.index) {
    window.cislensNames = data.index;
    window.dispatchEvent(new CustomEvent("cislens-names"));
    return;
  }
  const ask = () => setStateValue("wanted", true);
  window.addEventListener("cislens-names-wanted", ask, { once: true });
  return () => window.removeEventListener("cislens-names-wanted", ask);
}
