/**
 * The proof: a rolling deployment of real processes, behind a real balancer, under load that never
 * retries. {@link dev.zdd.examples.demo.Demo} tells the story from start to end; {@link
 * dev.zdd.examples.demo.RollingDeployment} is its middle.
 */
@NullMarked
package dev.zdd.examples.demo;

import org.jspecify.annotations.NullMarked;
