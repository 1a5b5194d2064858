package dev.zdd.examples.kubelet;

/** The three probes of a container. */
public enum ProbeType {
  /** Holds the other two back until it has succeeded; its failure restarts the container. */
  STARTUP,
  /** Decides whether the container gets requests. */
  READINESS,
  /** Its failure restarts the container. */
  LIVENESS
}
