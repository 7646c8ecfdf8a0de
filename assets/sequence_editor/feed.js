// Hands one computed part to the instrument, which is drawn before it is there. Draws nothing itself.
export default function (component) {
  const part = component.data;
  window.cislensTracks = { ...window.cislensTracks, [part.part]: part };
  window.dispatchEvent(new CustomEvent("cislens-tracks", { detail: part }));
}
