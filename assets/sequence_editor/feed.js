// Hands computed tracks to the sequence editor, which is drawn before they are there. Draws nothing itself.
export default function (component) {
  window.cislensTracks = component.data;
  window.dispatchEvent(new CustomEvent("cislens-tracks", { detail: component.data }));
}
