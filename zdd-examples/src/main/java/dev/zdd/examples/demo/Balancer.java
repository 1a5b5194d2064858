package dev.zdd.examples.demo;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What stands between the load and the instances. */
interface Balancer extends AutoCloseable {
  /** The balancers that the demo can start. */
  enum Kind {
    /** Undertow's proxy in this process, following each instance's {@code /ready}. */
    EMBEDDED,
    /** Debian's nginx: passive, it learns from refused connections only. */
    NGINX,
    /** Debian's HAProxy: asks {@code /ready} twice a second. */
    HAPROXY,
    /** None: the load itself goes round the instances that are ready. */
    CLIENT,
    /** A Service that learns of a pod's end 0 to 10 s late, simulated. */
    KUBERNETES;

    Balancer start(int port, List<Integer> instances, Protocol protocol, Path directory) {
      return switch (this) {
        case EMBEDDED -> EmbeddedBalancer.start(port, instances, protocol);
        case NGINX -> ProcessBalancer.nginx(port, instances, protocol, directory);
        case HAPROXY -> ProcessBalancer.haproxy(port, instances, protocol, directory);
        case CLIENT -> ClientBalancer.start(instances);
        case KUBERNETES -> KubernetesBalancer.start(port, instances, directory);
      };
    }

    /** Fails with a clear message if this balancer cannot run on this machine. */
    void requireInstalled() {
      if (this == NGINX) {
        Programs.require("nginx", "nginx");
      } else if (this == HAPROXY || this == KUBERNETES) {
        Programs.require("haproxy", "haproxy");
      }
    }

    /**
     * How often it must read "not ready" until it sends an instance nothing more; the shops are
     * told. The "fall" of our haproxy.cfg; the two of ours go by the last answer, and so does
     * nobody: nginx never asks.
     */
    int refusalsNeeded() {
      return this == HAPROXY ? 2 : 1;
    }

    /**
     * How long a connection must be silent until an instance that goes closes it. One that checks
     * has noticed by then and sends nothing on it; the others may.
     */
    Duration idle() {
      return Duration.ofSeconds(this == NGINX || this == KUBERNETES ? 5 : 1);
    }

    /**
     * How long a replaced instance must be back before the next may go. nginx that was once refused
     * leaves an instance out for fail_timeout (1 s in our nginx.conf); were the next one to go
     * within it, nginx would think nobody is left.
     */
    Duration settle() {
      return this == NGINX ? Duration.ofMillis(1500) : Duration.ofMillis(300);
    }
  }

  /** Where the next request goes; null if there is nowhere. Never blocks. */
  @Nullable URI route();

  /** The instance on this port is told to stop in a moment. Most balancers have to notice. */
  default void terminating(int port) {}

  /** An instance's next process begins on this port. Most balancers have to notice. */
  default void started(int port) {}

  /** Why it is not working, for an error message. */
  String evidence();

  @Override
  void close();
}
