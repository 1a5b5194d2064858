package dev.zdd.health;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** See {@link Checks#dns}. */
final class DnsCheck implements HealthCheck {
  private final String name;

  DnsCheck(String name) {
    this.name = name;
  }

  @Override
  public HealthResult check() throws UnknownHostException {
    InetAddress.getAllByName(name); // throws if there is none
    return HealthResult.up();
  }
}
