/** A process that holds memory of an NVIDIA device. */
export interface NvidiaProcess {
  pid: number;
  name: string;
  /** Null where the driver does not say (`[N/A]`, in some containers and on Windows). */
  bytes: number | null;
}
