// Photos that are not sent yet, kept in the browser: phones close pages while the camera is open.

const NAME = "coachwork";
const STORE = "photos";

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(mode, work) {
  try {
    const database = await opened();
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onabort = () => reject(transaction.error);
    });
  } catch {
    return undefined; // private windows may refuse: then nothing is kept, and all else works
  }
}

/** Keeps {id, home, view, name, file}. */
export const keep = (photo) => within("readwrite", (store) => store.put(photo));

/** Forgets one that arrived or was left out. */
export const forget = (id) => within("readwrite", (store) => store.delete(id));

/** The photos of a case that are kept. */
export const keptOf = async (home) => ((await within("readonly", (store) => store.getAll())) ?? []).filter((one) => one.home === home);
