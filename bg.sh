cd /tmp/h/line/build; timeout 500 ctest -R 'live.outage_slow|unit.(feed|vault)|pure' > /tmp/h/line/bg.out 2>&1; echo done >> /tmp/h/line/bg.out
