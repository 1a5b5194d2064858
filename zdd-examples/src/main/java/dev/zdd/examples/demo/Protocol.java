package dev.zdd.examples.demo;

/** What is spoken between the load, the balancer and the shops. */
enum Protocol {
  /** HTTP/1.1, connections are kept. */
  H1("h1"),
  /** HTTP/1.1, a connection for each request, on both sides of the balancer. */
  H1_CLOSE("h1-close"),
  /** HTTP/2 in clear text with prior knowledge, on both sides of the balancer. */
  H2("h2");

  private final String name;

  Protocol(String name) {
    this.name = name;
  }

  /** As it is typed. */
  @Override
  public String toString() {
    return name;
  }
}
