// Tells Python which browser this is: a random token that this browser keeps, so that it finds again what it had open.
export default function ({ data, setStateValue }) {
  let token = null;
  try {
    token = localStorage.getItem("cislens-browser");
    if (!token) {
      token = crypto.randomUUID();
      localStorage.setItem("cislens-browser", token);
    }
  } catch {
    return;  // a browser that keeps nothing
  }
  if (data.known !== token) setStateValue("browser", token);
}
