// What every page has beside its own: see history.js and figures.js, which stand before this.
export default function () {
  oneEntryAVisit();
  offerCopies();
}
