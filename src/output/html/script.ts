/** Downloads the copy inside the page as a file. The page is complete without it. */
export const SCRIPT = `
const button = document.getElementById("save");
button.hidden = false;
button.addEventListener("click", () => {
  const copy = document.getElementById("copy");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([copy.textContent.slice(1)], { type: "application/octet-stream" }));
  link.download = copy.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
`;
