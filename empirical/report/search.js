const entries = [...document.querySelectorAll(".found")].map(e => [e, e.textContent.toLowerCase()]);
const box = document.getElementById("search");
box.closest(".search").hidden = false;
box.addEventListener("input", () => {
  const words = box.value.toLowerCase().split(/\s+/);
  let matches = 0;
  for (const [entry, text] of entries) {
    entry.hidden = !words.every(word => text.includes(word));
    matches += !entry.hidden;
  }
  document.getElementById("matches").textContent = box.value ? `${matches} of ${entries.length}` : "";
});
