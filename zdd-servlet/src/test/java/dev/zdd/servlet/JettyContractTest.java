package dev.zdd.servlet;

import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;

/** Jetty under the contract. What it does not keep is named here. */
class JettyContractTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new JettyUnderTest(application);
  }

  @Override
  @Test
  @Disabled("at any time, drain or not, Jetty closes with the body unread, and the client is reset")
  void answersAnUploadWhoseBodyNobodyReads() {}
}
