// Of the testing kit these tests use the proxy only: they have a TestDatabase of their own.
extern alias kit;

global using ArmedFault = kit::Millpond.ArmedFault;
global using FaultKind = kit::Millpond.FaultKind;
global using FaultPoint = kit::Millpond.FaultPoint;
global using FaultProxy = kit::Millpond.FaultProxy;
global using WireMessage = kit::Millpond.WireMessage;
global using WireSide = kit::Millpond.WireSide;
