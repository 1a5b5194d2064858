package dev.zdd.examples.kubelet;

/** What one probe came to. */
enum ProbeResult {
  /** A status of 200 to 399, and the body (or its first 10 KiB) in time. */
  SUCCESS,
  /** Another status, or none in time. */
  FAILURE,
  /**
   * The status came and the body did not. The kubelet takes that for an error of its own, tries
   * three times at once, and then throws the result away: it counts neither as a failure nor as a
   * success.
   */
  DISCARDED
}
