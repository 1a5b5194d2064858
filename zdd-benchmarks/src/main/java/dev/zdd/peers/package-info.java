/**
 * The small services that stand for zdd, and for Jetty without it, beside Spring Boot, Dropwizard
 * and Armeria in the comparison of {@code zdd-benchmarks/peers}. All answer what the demo's load
 * asks for, as its shop does without a database.
 */
@org.jspecify.annotations.NullMarked
package dev.zdd.peers;
