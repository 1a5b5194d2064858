package dev.zdd.examples.demo;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What stands between the load and the instances. */
interface Balancer extends AutoCloseable {
  /** The balancers that the demo can start. */
  enum Kind {
    /** Undertow's proxy in this process, following each instance's {@code /ready}. */
    EMBEDDED,
    /** Debian's nginx: passive, it learns from refused connections only. */
    NGINX,
    /** Debian's HAProxy: asks {@code /ready} twice a second. */
    HAPROXY;

    Balancer start(int port, List<Integer> instances, Path directory) {
      return switch (this) {
        case EMBEDDED -> EmbeddedBalancer.start(port, instances);
        case NGINX -> ProcessBalancer.nginx(port, instances, directory);
        case HAPROXY -> ProcessBalancer.haproxy(port, instances, directory);
      };
    }

    /** Fails with a clear message if this balancer cannot run on this machine. */
    void requireInstalled() {
      if (this == NGINX) {
        Programs.require("nginx", "nginx");
      } else if (this == HAPROXY) {
        Programs.require("haproxy", "haproxy");
      }
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

  /** Why it is not working, for an error message. */
  String evidence();

  @Override
  void close();
}
