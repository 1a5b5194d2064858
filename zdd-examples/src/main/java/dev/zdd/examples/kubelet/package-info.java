/**
 * A kubelet without Kubernetes: it asks a process's three probes as the real one does, and says
 * what the real one would do about the answers. {@link dev.zdd.examples.kubelet.Kubelet} first.
 */
@NullMarked
package dev.zdd.examples.kubelet;

import org.jspecify.annotations.NullMarked;
