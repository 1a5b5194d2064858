/**
 * Servers with one readiness check of a real database, and a static answer beside the probe: what
 * {@code zdd-benchmarks/health/run} compares with each other and with zdd's peers.
 */
@org.jspecify.annotations.NullMarked
package dev.zdd.readiness;
