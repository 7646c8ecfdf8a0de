// A button that copies a text to the clipboard and says so. A table goes as text whose columns a spreadsheet splits.
export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const live = parentElement.querySelector("[role=status]");
  const label = parentElement.querySelector("[data-part=label]");
  const rest = () => {
    label.textContent = data.label;
    button.classList.remove("done");
  };
  button.title = data.help;
  button.setAttribute("aria-label", data.help);
  rest();
  let timer;
  button.onclick = async () => {
    clearTimeout(timer);
    const text = data.address ? location.href : data.text;
    const copied = await toClipboard(text);
    label.textContent = copied ? data.done : "Not copied";
    button.classList.toggle("done", copied);
    live.textContent = copied ? data.done : "This browser lets nothing be copied";
    timer = setTimeout(() => {
      rest();
      live.textContent = "";
    }, 4000);
  };
  return () => clearTimeout(timer);
}
