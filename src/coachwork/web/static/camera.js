// The camera's live picture with the outline of a view laid over it; a photo is taken without leaving the page.

const dialog = document.querySelector("[data-lens]");
const video = dialog.querySelector("video");
const hint = dialog.querySelector(".hint");
const shutter = dialog.querySelector("[data-lens-take]");
const other = dialog.querySelector("[data-lens-other]");
const WANTED = { width: { ideal: 4096 }, height: { ideal: 3072 } };

export const possible = () => Boolean(navigator.mediaDevices?.getUserMedia && dialog.showModal);

let stream = null;
let facing = "environment";
let taken = null;

const stop = () => {
  for (const track of stream?.getTracks() ?? []) {
    track.stop();
  }
  stream = video.srcObject = null;
};

const start = async () => {
  stop();
  shutter.disabled = true;
  stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...WANTED, facingMode: facing } });
  if (!dialog.open) {
    stop(); // closed while the person was asked
    return;
  }
  video.srcObject = stream;
  await video.play();
  shutter.disabled = false;
  const all = await navigator.mediaDevices.enumerateDevices();
  other.hidden = all.filter((one) => one.kind === "videoinput").length < 2;
};

// the camera's own photo is larger than its live picture, where the browser gives it
const still = async () => {
  try {
    const photo = await new ImageCapture(stream.getVideoTracks()[0]).takePhoto();
    if (photo.size) {
      return photo;
    }
  } catch {
    // then the live picture
  }
  const canvas = Object.assign(document.createElement("canvas"), { width: video.videoWidth, height: video.videoHeight });
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
};

/** Opens the camera for a view; `wireframe` is laid over it. Gives a file for each photo to `take`. */
export const open = async ({ wireframe, words, refused, take }) => {
  taken = take;
  hint.textContent = words;
  dialog.querySelector(".outline").replaceChildren(wireframe.cloneNode(true));
  dialog.showModal();
  try {
    await start();
  } catch {
    hint.textContent = refused;
  }
};

shutter.addEventListener("click", async () => {
  shutter.disabled = true;
  const photo = await still();
  if (photo) {
    taken(new File([photo], "camera.jpg", { type: photo.type || "image/jpeg" }));
  }
  dialog.close();
});

other.addEventListener("click", () => {
  facing = facing === "environment" ? "user" : "environment";
  start().catch(() => {
    // the camera that was there before stays shut; closing and opening begins anew
  });
});

dialog.querySelector("[data-lens-close]").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", stop);
