// A page that waits for work to end loads itself anew, less and less often.

const waiting = document.querySelector("[data-waiting]");
if (waiting) {
  const tries = Number(sessionStorage.getItem(location.pathname) ?? 0);
  sessionStorage.setItem(location.pathname, String(tries + 1));
  setTimeout(() => location.reload(), Math.min(15_000, 1500 * 1.3 ** tries));
} else {
  sessionStorage.removeItem(location.pathname);
}
